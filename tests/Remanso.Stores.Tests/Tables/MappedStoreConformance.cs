using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;

namespace Remanso.Stores.Tests.Tables;

public sealed class MappedSqliteStoreConformance : BackingStoreConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new MappedSqliteTestBed());
}

public sealed class MappedSqliteStoreDataConformance : BackingStoreDataConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new MappedSqliteTestBed());
}

public sealed class MappedPostgresStoreConformance(PostgresServer server) : BackingStoreConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() =>
        ValueTask.FromResult<StoreTestBed>(new MappedPostgresTestBed(server));
}

public sealed class MappedPostgresStoreDataConformance(PostgresServer server) : BackingStoreDataConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() =>
        ValueTask.FromResult<StoreTestBed>(new MappedPostgresTestBed(server));
}

public sealed class MappedMySqlStoreConformance(MariaDbServer server) : BackingStoreConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() =>
        ValueTask.FromResult<StoreTestBed>(new MappedMySqlTestBed(server));
}

public sealed class MappedMySqlStoreDataConformance(MariaDbServer server) : BackingStoreDataConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() =>
        ValueTask.FromResult<StoreTestBed>(new MappedMySqlTestBed(server));
}
