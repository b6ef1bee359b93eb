using Remanso.Conformance.Servers;
using Xunit;

// Each scenario has the machine to itself: what it shows is what happens under full load.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(PostgresServer))]
