global using Remanso.Acceptance.Tests.Combinations;
global using Remanso.Acceptance.Tests.Deployments;
global using Xunit;
