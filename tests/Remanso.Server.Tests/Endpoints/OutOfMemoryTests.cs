using Remanso.Conformance.Support;
using Remanso.Stores;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>A process that runs out of memory says so: neither the store nor the entry is to blame.</summary>
public sealed class OutOfMemoryTests
{
    private const string Entries = "/v1/caches/default/entries/";

#pragma warning disable CA2201 // What the runtime throws is what is answered here.
    public static TheoryData<Exception> Errors =>
        [
            new OutOfMemoryException("Array dimensions exceeded supported range."),
            new InvalidOperationException("The row can't be read.", new OutOfMemoryException()),
            new StoreException("The store failed: out of memory.", isTransient: false, new OutOfMemoryException()),
        ];
#pragma warning restore CA2201

    [Theory]
    [MemberData(nameof(Errors), DisableDiscoveryEnumeration = true)]
    public async Task A_read_without_memory_is_503(Exception error)
    {
        var store = new ScriptedStore { OnLoad = (_, _) => Task.FromException(error) };
        await using var server = await RunningServer.StartAsync(store);

        var answer = await server.Client.GetAsync(Entries + "k");

        await answer.AssertProblemAsync(503, "out-of-memory");
        Assert.Equal("1", answer.Header("Retry-After"));
    }

    [Theory]
    [MemberData(nameof(Errors), DisableDiscoveryEnumeration = true)]
    public async Task A_flush_without_memory_makes_no_dead_letters(Exception error)
    {
        var failures = 0;
        var store = new ScriptedStore
        {
            BeforeSave = _ => Interlocked.Increment(ref failures) <= 8 ? Task.FromException(error) : Task.CompletedTask,
        };
        await using var server = await RunningServer.StartAsync(store);

        var answer = await server.SendAsync("PUT", Entries + "k?durability=stored", "v");

        Assert.Equal((HttpStatusCode.OK, "v"), (answer.StatusCode, store.Text("k")));
        Assert.Contains("\"deadLettered\":0", await server.Client.GetStringAsync("/v1/stats"), StringComparison.Ordinal);
    }
}
