using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;

namespace Remanso.Stores.Tests;

public sealed class MySqlStorePurgeConformance(MariaDbServer server) : BackingStorePurgeConformance
{
    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new MySqlTestBed(server));
}
