using Remanso.Conformance.Stores;

namespace Remanso.Stores.Tests;

public sealed class SqliteStoreHistoryConformance : BackingStoreHistoryConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new SqliteTestBed());
}
