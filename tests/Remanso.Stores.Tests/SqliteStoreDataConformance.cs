using Remanso.Conformance.Stores;

namespace Remanso.Stores.Tests;

public sealed class SqliteStoreDataConformance : BackingStoreDataConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new SqliteTestBed());
}
