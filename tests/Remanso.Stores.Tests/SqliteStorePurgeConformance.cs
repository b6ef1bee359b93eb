using Remanso.Conformance.Stores;

namespace Remanso.Stores.Tests;

public sealed class SqliteStorePurgeConformance : BackingStorePurgeConformance
{
    protected override bool HasClock => false;

    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new SqliteTestBed());
}
