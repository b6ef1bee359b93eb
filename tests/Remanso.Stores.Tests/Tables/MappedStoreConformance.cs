using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;

namespace Remanso.Stores.Tests.Tables;

public sealed class MappedSqliteStoreConformance : BackingStoreConformance
{
    protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new MappedSqliteTestBed());
}

public sealed class MappedSqliteStoreDataConformance : BackingStoreDataConformance
{
    protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new MappedSqliteTestBed());
}

public sealed class MappedPostgresStoreConformance(PostgresServer server) : BackingStoreConformance
{
    protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new MappedPostgresTestBed(server));
}

public sealed class MappedPostgresStoreDataConformance(PostgresServer server) : BackingStoreDataConformance
{
    protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new MappedPostgresTestBed(server));
}

public sealed class MappedMySqlStoreConformance(MariaDbServer server) : BackingStoreConformance
{
    protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new MappedMySqlTestBed(server));
}

public sealed class MappedMySqlStoreDataConformance(MariaDbServer server) : BackingStoreDataConformance
{
    protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new MappedMySqlTestBed(server));
}
