using Remanso.Conformance.Servers;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]
