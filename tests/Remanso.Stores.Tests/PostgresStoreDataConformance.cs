using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;

namespace Remanso.Stores.Tests;

public sealed class PostgresStoreDataConformance(PostgresServer server) : BackingStoreDataConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new PostgresTestBed(server));
}
