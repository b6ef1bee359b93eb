using Remanso.Conformance.Stores;

namespace Remanso.Stores.Tests;

public sealed class SqliteStoreConformance : BackingStoreConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new SqliteTestBed());
}
