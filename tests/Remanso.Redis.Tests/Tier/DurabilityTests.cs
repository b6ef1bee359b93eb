using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>What Redis is asked before and after a write that shall be more than accepted.</summary>
public sealed class DurabilityTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_enough_replicas_replicated_is_refused_with_their_number()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        Assert.Contains("0 connected replicas, and Tier:Replicas asks for 1", tier.WhyNot(Durability.Replicated), StringComparison.Ordinal);

        await using var replica = await ReplicaOfAsync(server);
        await Until.TrueAsync(() => Task.FromResult(tier.WhyNot(Durability.Replicated) is null), "the replica is noticed");
        var two = await bed.StartAsync(static options => options.Replicas = 2);
        Assert.Contains("1 connected replicas, and Tier:Replicas asks for 2", two.WhyNot(Durability.Replicated), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replicated_write_is_on_the_replica_and_those_at_the_same_time_share_a_wait()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var replica = await ReplicaOfAsync(server);
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        Assert.Null(tier.WhyNot(Durability.Replicated));

        await Task.WhenAll(
            Enumerable
                .Range(0, 256)
                .Select(async i =>
                {
                    var version = await tier.WriteAsync($"k{i}", "v");
                    await tier.EnsureAsync($"k{i}", version, Durability.Replicated, _patience, Cancelled);
                })
        );

        for (var i = 0; i < 256; i++)
        {
            Assert.Equal("1", await replica.CliAsync("EXISTS", bed.EntryOf($"k{i}")));
        }

        var waits = (await server.CliAsync("INFO", "commandstats"))
            .Split('\n')
            .Single(static line => line.StartsWith("cmdstat_wait:", StringComparison.Ordinal));
        Assert.InRange(int.Parse(waits.Split("calls=")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture), 1, 128);
    }

    [Fact]
    public async Task When_the_replica_hangs_the_wait_ends_with_the_version_and_the_write_stays()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var replica = await ReplicaOfAsync(server);
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        replica.Freeze();
        var version = await tier.WriteAsync("k", "v");

        var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await tier.EnsureAsync("k", version, Durability.Replicated, TimeSpan.FromMilliseconds(300), Cancelled)
        );

        Assert.Equal((version, Durability.Replicated, true), (exception.Version, exception.Asked, exception.IsAccepted));
        Assert.Contains("0 of 1 replicas", exception.Message, StringComparison.Ordinal);
        Assert.True((await tier.HitAsync("k")).IsDirty);

        replica.Thaw();
        await tier.EnsureAsync("k", version, Durability.Replicated, _patience, Cancelled);
    }

    [Fact]
    public async Task Where_two_replicas_are_asked_for_one_is_not_enough()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var replica = await ReplicaOfAsync(server);
        await using var other = await ReplicaOfAsync(server);
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(static options => options.Replicas = 2);
        other.Freeze();
        var version = await tier.WriteAsync("k", "v");

        // Longer than one WAIT, which tells of the one.
        var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await tier.EnsureAsync("k", version, Durability.Replicated, TimeSpan.FromSeconds(2), Cancelled)
        );

        Assert.Contains("1 of 2 replicas", exception.Message, StringComparison.Ordinal);
        other.Thaw();
        await tier.EnsureAsync("k", version, Durability.Replicated, _patience, Cancelled);
    }

    [Fact]
    public async Task A_write_that_a_fail_over_lost_is_not_taken_for_replicated()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var replica = await ReplicaOfAsync(server);
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        var version = await tier.WriteAsync("k", "v");

        // As on a new master that had not got it.
        await server.CliAsync("DEL", bed.EntryOf("k"));

        var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await tier.EnsureAsync("k", version, Durability.Replicated, _patience, Cancelled)
        );
        Assert.False(exception.IsAccepted);
    }

    [Fact]
    public async Task A_write_that_was_stored_and_left_no_copy_before_its_replica_had_it_is_told_as_stored()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var replica = await ReplicaOfAsync(server);
        var store = new ScriptedStore();
        var name = TierServer.NewCache();
        await using var process = await CacheProcess.StartAsync(server.Address, name, store, static options =>
            options.Tier.DurabilityTimeout = TimeSpan.FromMinutes(1)
        );
        replica.Freeze();
        var write = process.Cache.SetAsync("k", "v", new WriteOptions { Durability = Durability.Replicated }).AsTask();
        await Until.TrueAsync(
            async () => !store.Rows.IsEmpty && (await process.Cache.Operations.GetStatisticsAsync()).Dirty.Entries == 0,
            "it is stored"
        );

        // As a server whose memory is full leaves it.
        await process.Cache.InvalidateAsync(["k"]);
        replica.Thaw();

        var receipt = await write;
        Assert.Equal((store.Rows["k"].Version, Durability.Stored), (receipt.Version, receipt.Durability));
    }

    [Theory]
    [InlineData("no", "everysec", "keeps no append-only file")]
    [InlineData("yes", "everysec", "it needs appendfsync always")]
    [InlineData("yes", "no", "it needs appendfsync always")]
    public async Task Where_redis_does_not_sync_every_write_logged_is_refused_with_the_setting(
        string appendOnly,
        string fsync,
        string reason
    )
    {
        await using var server = await RedisProcess.StartAsync("--appendonly", appendOnly, "--appendfsync", fsync);
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();

        Assert.Contains(reason, tier.WhyNot(Durability.Logged), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_logged_write_is_there_after_a_kill_of_redis()
    {
        await using var server = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        Assert.Null(tier.WhyNot(Durability.Logged));
        var version = await tier.WriteAsync("k", "v");
        await tier.EnsureAsync("k", version, Durability.Logged, _patience, Cancelled);

        server.Kill();
        await server.StartAgainAsync();

        await using var after = new TierBed(server.Address, bed.Cache);
        Assert.Equal(version, (await (await after.StartAsync()).ReadAsync("k")).Entry!.Version);
    }

    private static async Task<RedisProcess> ReplicaOfAsync(RedisProcess server)
    {
        await server.CliAsync("CONFIG", "SET", "repl-diskless-sync-delay", "0");
        var replica = await RedisProcess.StartAsync("--replicaof", "127.0.0.1", $"{server.Port}", "--repl-diskless-sync-delay", "0");
        await Until.TrueAsync(
            async () => (await server.CliAsync("info", "replication")).Contains("state=online", StringComparison.Ordinal),
            "the replica is in step"
        );
        return replica;
    }
}
