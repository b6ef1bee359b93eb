global using System.Net;
global using System.Text;
global using Remanso.Server.Tests.Support;
global using Xunit;
global using Bytes = System.ReadOnlyMemory<byte>;
