using Remanso.Conformance.Servers;

// The programs of the pages name files and ports as the pages do, and share the current folder.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(PostgresServer))]
