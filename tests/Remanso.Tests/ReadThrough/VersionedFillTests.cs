using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

/// <summary>A load that began before a write, delete or invalidation never overwrites what came after it.</summary>
[Collection(ManualClockTests.Name)]
public sealed class VersionedFillTests
{
    [Fact]
    public async Task A_load_that_began_before_a_write_does_not_fill_after_it()
    {
        var (harness, gate, read) = await LoadingAsync();
        await using var _ = harness;

        await harness.Cache.SetAsync("k", "new");
        gate.Open();

        Assert.Equal("new", (await read).Value);
        Assert.Equal("new", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_load_that_began_before_a_write_does_not_fill_when_the_written_entry_was_flushed_and_evicted_meanwhile()
    {
        var (harness, gate, read) = await LoadingAsync();
        await using var _ = harness;

        await harness.Cache.SetAsync("k", "new");
        await harness.Cache.Operations.FlushAsync();
        await harness.Cache.InvalidateAsync(["k"]);
        gate.Open();

        Assert.Equal("new", (await read).Value);
        Assert.Equal("new", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_load_that_began_before_a_delete_does_not_fill_when_the_tombstone_was_flushed_and_evicted_meanwhile()
    {
        var (harness, gate, read) = await LoadingAsync();
        await using var _ = harness;

        await harness.Cache.RemoveAsync("k");
        await harness.Cache.Operations.FlushAsync();
        await harness.Cache.InvalidateAllAsync();
        gate.Open();

        Assert.False((await read).Found);
        Assert.False((await harness.Cache.GetAsync("k")).Found);
    }

    [Fact]
    public async Task A_load_that_began_before_an_invalidation_is_done_again()
    {
        var (harness, gate, read) = await LoadingAsync();
        await using var _ = harness;

        harness.Store.Put("k", "behind its back", 50);
        await harness.Cache.InvalidateAsync(["k"]);
        gate.Open();

        Assert.Equal("behind its back", (await read).Value);
        Assert.Equal(2, harness.Store.Loads.Count);
    }

    [Fact]
    public async Task A_callers_own_loader_that_began_before_a_write_does_not_fill_after_it()
    {
        await using var harness = await CacheHarness.StartAsync();
        var gate = new Gate();
        var read = harness
            .Cache.GetOrLoadAsync("k", async (_, token) =>
            {
                await gate.PassAsync(token);
                return "old";
            })
            .AsTask();
        await gate.ArrivedAsync();

        await harness.Cache.SetAsync("k", "new");
        gate.Open();

        Assert.Equal("new", (await read).Value);
        Assert.Equal("new", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_storm_of_invalidations_keeps_no_reader_for_ever()
    {
        var store = new ScriptedStore();
        store.Put("k", "v", 1);
        await using var harness = await CacheHarness.StartAsync(store: store);
        store.OnLoad = async (_, token) => await harness.Cache.InvalidateAsync(["k"], token);

        Assert.Equal("v", (await harness.Cache.GetAsync("k")).Value);
    }

    private static async Task<(CacheHarness Harness, Gate Gate, Task<ReadResult<string>> Read)> LoadingAsync()
    {
        var gate = new Gate();
        var store = new ScriptedStore { OnLoad = (_, token) => gate.PassAsync(token) };
        store.Put("k", "old", 5);
        var harness = await CacheHarness.StartAsync(store: store);
        var read = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();
        return (harness, gate, read);
    }
}
