using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>The eviction policy changes while all is running, and what it took is noticed.</summary>
public sealed class OtherPolicyTests
{
    [Fact]
    public async Task A_policy_that_comes_later_is_noticed_and_writes_are_refused_until_it_is_safe()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var node = await Node.StartAsync(server.Address, new ScriptedStore());
        await node.Texts.SetAsync("k", "v", Node.Stored);
        await server.CliAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");

        await Until.TrueAsync(
            () => node.Problem?.Contains("maxmemory-policy allkeys-lru", StringComparison.Ordinal) == true,
            "the process is not ready, and says why"
        );
        var refused = await Assert.ThrowsAsync<TierUnavailableException>(() => node.Texts.SetAsync("k", "w").AsTask());
        Assert.Contains("allkeys-lru", refused.Message, StringComparison.Ordinal);
        Assert.Equal("Redis is not fit for the tier as it is set up.", refused.Reason);
        Assert.False(refused.MayHaveHappened);
        await Assert.ThrowsAsync<TierUnavailableException>(() => node.Texts.SetManyAsync([new("k", "w")]).AsTask());
        await Assert.ThrowsAsync<TierUnavailableException>(() => node.Counters.IncrementAsync("n", 1).AsTask());
        Assert.Equal("v", (await node.Texts.GetAsync("k")).Value);

        await server.CliAsync("CONFIG", "SET", "maxmemory-policy", "volatile-lru");
        await Until.TrueAsync(() => node.Problem is null, "the process is ready again");
        await node.Texts.SetAsync("k", "w", Node.Stored);
    }

    [Fact]
    public async Task A_promoted_replica_with_another_policy_is_noticed()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var replica = await RedisProcess.StartAsync(
            "--replicaof",
            $"127.0.0.1 {server.Port}",
            "--maxmemory-policy",
            "allkeys-random"
        );
        await using var node = await Node.StartAsync(RedisProcess.AddressOf(server, replica), new ScriptedStore());
        await node.Texts.SetAsync("k", "v", Node.Stored);
        server.Kill();
        await replica.CliAsync("REPLICAOF", "NO", "ONE");
        await Until.TrueAsync(
            () => node.Problem?.Contains("allkeys-random", StringComparison.Ordinal) == true,
            "the process is not ready, and says why"
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dirty_entries_that_are_gone_are_counted_and_leave_no_ghosts(bool withTheirMarkers)
    {
        await using var server = await RedisProcess.StartAsync();
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(static options => options.Partitions = 1);
        foreach (var key in new[] { "a", "b", "c" })
        {
            await tier.WriteAsync(key, "v");
        }

        await server.CliAsync("DEL", bed.EntryOf("a", 1), bed.EntryOf("b", 1));
        if (withTheirMarkers)
        {
            await server.CliAsync("DEL", bed.EntryOf("c", 1), bed.Name(0, "q"));
        }

        await tier.DirtyAsync();

        await tier.FlushAsync();

        Assert.Equal(withTheirMarkers ? 3 : 2, tier.Vanished);
        Assert.Equal(default, await tier.DirtyAsync());
        await tier.WriteAsync("a", "w");
        await tier.FlushAsync();
        Assert.Equal(withTheirMarkers ? 3 : 2, tier.Vanished);
    }
}
