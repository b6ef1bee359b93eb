using Remanso.Conformance.Tiers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>What somebody else wrote under the tier's names harms nobody but who asks for that key.</summary>
public sealed class ForeignDataTests(TierServer server) : IAsyncDisposable
{
    private readonly TierBed _bed = new(server.Address);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Theory]
    [InlineData("SET", "something else")]
    [InlineData("SET", "")]
    [InlineData("RPUSH", "a list")]
    public async Task Bytes_that_are_no_entry_are_a_clear_error_until_they_are_invalidated(string command, string value)
    {
        var tier = await OnePartitionAsync();
        await server.Process.CliAsync(command, EntryOf("k"), value);
        if (value.Length > 0)
        {
            await AssertForeignAsync(() => tier.ReadAsync("k", TierSteps.Holder, Cancelled).AsTask());
            await AssertForeignAsync(() => tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled).AsTask());
            await AssertForeignAsync(() => tier.TryWriteAsync(TierBed.Write("k", "v")).AsTask());
            Assert.Equal(0, (await tier.DirtyAsync()).Entries);
        }

        await tier.WriteAsync("other", "v");
        await tier.FlushAsync();
        await tier.InvalidateAsync("k");
        await tier.WriteAsync("k", "v");
        Assert.Equal("v", (await tier.HitAsync("k")).Text());
    }

    [Theory]
    [InlineData("SET", "overwritten")]
    [InlineData("DEL", null)]
    public async Task A_dirty_entry_that_somebody_destroyed_does_not_stop_the_flush_of_others(string command, string? value)
    {
        var tier = await OnePartitionAsync();
        foreach (var key in new[] { "a", "k", "z" })
        {
            await tier.WriteAsync(key, "v");
        }

        await server.Process.CliAsync(value is null ? [command, EntryOf("k")] : [command, EntryOf("k"), value]);
        var taken = await tier.TakeAsync(await tier.AcquireAllAsync());
        Assert.Equal(["a", "z"], taken.Select(entry => entry.Key));
        await tier.SettleAsync([.. taken.Select(entry => entry.Stored())], Cancelled);
        Assert.Equal(default, await tier.DirtyAsync());
        Assert.Equal("0", await server.Process.CliAsync("XLEN", _bed.Name(0, "q")));
    }

    [Fact]
    public async Task An_entry_destroyed_while_it_was_flushed_does_not_stop_the_settlement_of_others()
    {
        var tier = await OnePartitionAsync();
        foreach (var key in new[] { "a", "k", "z" })
        {
            await tier.WriteAsync(key, "v");
        }

        var taken = await tier.TakeAsync(await tier.AcquireAllAsync());
        await server.Process.CliAsync("SET", EntryOf("k"), "overwritten");
        await tier.SettleAsync([.. taken.Select(entry => entry.Stored())], Cancelled);
        Assert.False((await tier.HitAsync("a")).IsDirty);
        Assert.False((await tier.HitAsync("z")).IsDirty);
        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Fact]
    public async Task A_dead_letter_that_somebody_destroyed_does_not_hide_the_others()
    {
        var tier = await OnePartitionAsync();
        await tier.WriteAsync("a", "v");
        await tier.WriteAsync("k", "v");
        var taken = await tier.TakeAsync(await tier.AcquireAllAsync());
        await tier.SettleAsync([.. taken.Select(static entry => entry.DeadLettered())], Cancelled);

        await server.Process.CliAsync("DEL", EntryOf("k"));
        await server.Process.CliAsync("RPUSH", EntryOf("k"), "a list");
        Assert.Equal("a", Assert.Single(await tier.ListDeadLettersAsync(10, Cancelled)).Key);
    }

    [Fact]
    public async Task A_cache_in_another_layout_is_refused_at_the_start()
    {
        await _bed.StartAsync();
        await server.Process.CliAsync("HSET", $"rm:{{{_bed.Cache}}}:meta", "layout", "2");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _bed.StartAsync());
        Assert.Contains("layout 2", refused.Message, StringComparison.Ordinal);
    }

    private static async Task AssertForeignAsync(Func<Task> call) =>
        Assert.Contains("no entry of layout 1", (await Assert.ThrowsAsync<InvalidDataException>(call)).Message, StringComparison.Ordinal);

    private Task<ICacheTier> OnePartitionAsync() => _bed.StartAsync(static options => options.Partitions = 1);

    private string EntryOf(string key) => _bed.EntryOf(key, partitions: 1);
}
