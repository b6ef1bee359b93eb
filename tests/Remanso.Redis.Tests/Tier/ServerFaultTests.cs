using Remanso.Conformance.Tiers;
using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>What the server may do to the tier; each test has a server of its own.</summary>
public sealed class ServerFaultTests
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scripts_that_the_server_forgot_are_sent_again()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        await tier.WriteAsync("k", "v");
        await server.CliAsync("SCRIPT", "FLUSH");
        await tier.WriteAsync("k", "w");
        await tier.FlushAsync();
        Assert.Equal("w", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task Where_memory_is_short_writes_are_refused_and_all_else_goes_on()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        await tier.DeadLetterAsync("replayed", "v");
        await tier.DeadLetterAsync("dropped", "v");
        var version = await tier.WriteAsync("k", "v");
        var lease = await tier.LeaseAsync("missed");
        await server.CliAsync("CONFIG", "SET", "maxmemory", "1");

        foreach (var key in new[] { "k", "new" })
        {
            var refused = await tier.TryWriteAsync(TierBed.Write(key, "w"));
            Assert.Equal(TierWriteOutcome.Full, refused.Outcome);
            Assert.InRange(refused.RetryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        }

        var fill = await tier.FillAsync(TierSteps.Loaded("missed", lease, "loaded", 42));
        Assert.Equal((false, "loaded"), (fill.Filled, fill.Current!.Text()));
        Assert.Equal((version, "v"), ((await tier.HitAsync("k")).Version, (await tier.HitAsync("k")).Text()));
        Assert.NotEqual(0, await tier.LeaseAsync("other"));
        await tier.HeartbeatAsync("worker", _hour, Cancelled);
        Assert.Equal(1, await tier.ReplayDeadLettersAsync(["replayed"], Cancelled));
        Assert.Equal(1, await tier.DropDeadLettersAsync(["dropped"], Cancelled));
        await tier.FlushAsync();
        Assert.False((await tier.HitAsync("k")).IsDirty);
        Assert.False((await tier.HitAsync("replayed")).IsDirty);
        Assert.Equal(default, await tier.DirtyAsync());
        await tier.InvalidateAllAsync(Cancelled);
    }

    [Fact]
    public async Task Where_memory_is_short_copies_end_by_key_by_tag_and_all_at_once()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        foreach (var tag in new[] { "removed", "expired" })
        {
            await tier.TryWriteAsync(TierBed.Write(tag, "v") with { Tags = [tag] });
        }

        foreach (var key in new[] { "invalidated", "aged", "kept" })
        {
            await tier.WriteAsync(key, "v");
        }

        await tier.FlushAsync();
        await server.CliAsync("CONFIG", "SET", "maxmemory", "1");

        await tier.RemoveByTagAsync(["removed"], Cancelled);
        await tier.AssertMissAsync("removed");
        await tier.ExpireByTagAsync(["expired"], Cancelled);
        Assert.NotEqual(TierReadOutcome.Hit, (await tier.ReadAsync("expired")).Outcome);
        await tier.InvalidateAsync("invalidated");
        await tier.AssertMissAsync("invalidated");
        await tier.ExpireAsync(["aged"], Cancelled);
        Assert.NotEqual(TierReadOutcome.Hit, (await tier.ReadAsync("aged")).Outcome);
        await tier.HitAsync("kept");
        await tier.ExpireAllAsync(Cancelled);
        Assert.NotEqual(TierReadOutcome.Hit, (await tier.ReadAsync("kept")).Outcome);
    }

    [Theory]
    [InlineData("volatile-lru")]
    [InlineData("volatile-ttl")]
    [InlineData("volatile-random")]
    public async Task Where_memory_is_short_and_all_that_may_go_is_gone_the_flush_goes_on(string policy)
    {
        await using var server = await RedisProcess.StartAsync("--maxmemory-policy", policy);
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        await tier.WriteAsync("k", "v");
        await server.CliAsync("CONFIG", "SET", "maxmemory", "1");
        Assert.Equal(TierWriteOutcome.Full, (await tier.TryWriteAsync(TierBed.Write("new", "w"))).Outcome);

        await tier.FlushAsync();

        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Theory]
    [InlineData("allkeys-lru")]
    [InlineData("allkeys-lfu")]
    [InlineData("allkeys-random")]
    public async Task A_policy_that_may_evict_dirty_entries_is_refused(string policy)
    {
        await using var server = await RedisProcess.StartAsync("--maxmemory-policy", policy);
        await using var bed = new TierBed(server.Address);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => bed.StartAsync());
        Assert.Contains($"maxmemory-policy {policy}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evictions_of_a_volatile_policy_spare_what_is_dirty()
    {
        await using var server = await RedisProcess.StartAsync("--maxmemory-policy", "volatile-lru");
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(options => options.Partitions = 1);
        await tier.FillAsync("clean", "v", 42);
        await tier.WriteAsync("dirty", "v");
        await tier.LeaseAsync("missed");
        await server.CliAsync("CONFIG", "SET", "maxmemory", "1");
        await Until.TrueAsync(async () => (await tier.ReadAsync("clean")).Outcome == TierReadOutcome.Miss, "the clean entry is evicted");
        Assert.True((await tier.HitAsync("dirty")).IsDirty);
        Assert.Equal("1", await server.CliAsync("XLEN", bed.Name(0, "q")));
    }

    [Fact]
    public async Task After_the_loss_of_all_data_versions_and_tokens_go_on_above_the_old_ones()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        var version = await tier.WriteAsync("k", "lost");
        var lease = await tier.LeaseAsync("missed");
        var owned = await tier.AcquireAllAsync();
        await server.CliAsync("FLUSHALL");

        await tier.AssertMissAsync("k");
        Assert.Empty(await tier.TakeAsync(owned));
        Assert.True(await tier.LeaseAsync("missed") > lease);
        Assert.True(await tier.WriteAsync("k", "new") > version);
        await tier.HeartbeatAsync("worker", _hour, Cancelled);
        var again = await tier.AcquireAllAsync();
        Assert.All(again.Zip(owned), static pair => Assert.True(pair.First.FencingToken > pair.Second.FencingToken));
        Assert.Equal("new", Assert.Single(await tier.TakeAsync(again)).Entry.Text());
        await Assert.ThrowsAsync<InvalidOperationException>(() => bed.StartAsync(options => options.Partitions = 8));
    }

    [Fact]
    public async Task A_crash_with_an_append_only_file_loses_no_accepted_write()
    {
        await using var server = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        var version = await tier.WriteAsync("taken", "v");
        await tier.TakeAsync(await tier.AcquireAllAsync("dead", TimeSpan.FromMilliseconds(100)));
        await tier.WriteAsync("queued", "w");
        server.Kill();
        await server.StartAgainAsync();

        var entry = default(CacheEntry);
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    entry = (await tier.ReadAsync("taken")).Entry;
                    return (await tier.AcquireAllAsync("next")).Count == tier.Partitions;
                }
                catch (TierUnavailableException)
                {
                    return false;
                }
            },
            "the server is back and the dead worker's leases are over"
        );
        Assert.Equal((version, true), (entry!.Version, entry.IsDirty));
        var taken = await tier.TakeAsync(await tier.AcquireAllAsync("next"));
        Assert.Equal(["queued", "taken"], taken.Select(item => item.Key).Order());
    }

    [Fact]
    public async Task A_server_that_is_gone_is_the_tiers_own_error()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var bed = new TierBed(server.Address, isPatient: false);
        var tier = await bed.StartAsync();
        server.Freeze();
        var write = tier.TryWriteAsync(TierBed.Write("k", "v")).AsTask();
        var frozen = await Assert.ThrowsAsync<TierUnavailableException>(() => write);
        Assert.True(frozen.MayHaveHappened);
        server.Thaw();
        await server.StopAsync();
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await tier.ReadAsync("k"));
    }

    [Fact]
    public async Task Observers_are_told_when_signals_may_have_been_lost()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        await server.CliAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await observer.HeardAsync("missed");
        var version = await tier.WriteAsync("k", "v");
        await observer.HeardAsync($"changed k {version}");
    }
}
