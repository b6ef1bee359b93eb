using System.Globalization;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Servers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Removal by tag between processes, and what it costs the server: one of its own, whose commands are counted.</summary>
public sealed class SharedTagTests : OwnServerTests
{
    private const int Partitions = 4;

    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Many_tags_are_removed_in_steps_that_hold_the_server_for_a_moment_each()
    {
        var tier = await Bed.StartAsync(options => options.Partitions = 64);
        var other = await Bed.StartAsync(options => options.Partitions = 64);
        var before = await ScriptsAsync();

        var removal = RemoveAsync(tier, [.. Enumerable.Range(0, 1000).Select(static n => n.ToString(CultureInfo.InvariantCulture))])
            .AsTask();
        var served = 0;
        for (; !removal.IsCompleted; served++)
        {
            await other.ReadAsync("k", 0, Cancelled);
        }

        await removal;

        // Some 30 tags each, and others are served between two of them. How long each takes is not asked: the server shares its processor.
        Assert.True(await ScriptsAsync() - before >= 64 * 30);
        Assert.True(served > 100, $"Only {served} reads were served meanwhile.");
        Assert.Equal(
            "64000",
            (
                await Server.CliAsync(
                    "eval",
                    "local n = 0 for _, k in ipairs(redis.call('KEYS', '*:t')) do n = n + redis.call('ZCARD', k) end return n",
                    "0"
                )
            ).Trim()
        );
    }

    [Fact]
    public async Task A_removal_by_another_process_is_in_force_when_it_returns()
    {
        var (a, b) = (await Bed.StartAsync(), await Bed.StartAsync());
        for (var i = 0; i < 50; i++)
        {
            await FillAsync(a, "k", _hour, "red", "blue");
            await a.HitAsync("k");
            await RemoveAsync(b, i % 2 == 0 ? "red" : "blue");
            await a.AssertMissAsync("k");
        }
    }

    [Fact]
    public async Task A_load_of_one_process_does_not_fill_behind_a_removal_by_another()
    {
        var (a, b) = (await Bed.StartAsync(), await Bed.StartAsync());
        var lease = await a.LeaseAsync("k");
        await RemoveAsync(b, "red");
        Assert.Equal(new FillResult(false, null), await a.FillAsync(Loaded("k", lease, _hour, "red")));
    }

    [Fact]
    public async Task A_removal_is_one_script_a_partition_and_touches_none_of_the_entries()
    {
        var tier = await Bed.StartAsync();
        for (var i = 0; i < 1000; i++)
        {
            await tier.TryWriteAsync(Tagged($"key:{i}", "red"));
        }

        var before = (Scripts: await ScriptsAsync(), Keys: await Server.CliAsync("DBSIZE"), Deletions: await CallsAsync("del"));

        await RemoveAsync(tier, "red");

        Assert.Equal(Partitions, await ScriptsAsync() - before.Scripts);
        Assert.Equal(
            int.Parse(before.Keys, CultureInfo.InvariantCulture) + Partitions,
            int.Parse(await Server.CliAsync("DBSIZE"), CultureInfo.InvariantCulture)
        );
        Assert.Equal(before.Deletions, await CallsAsync("del"));
        for (var i = 0; i < 1000; i += 100)
        {
            await tier.AssertMissAsync($"key:{i}");
        }
    }

    [Fact]
    public async Task Only_the_first_hit_after_a_removal_looks_for_the_tags()
    {
        var tier = await Bed.StartAsync();
        await FillAsync(tier, "k", _hour, "blue");
        await tier.FillAsync("plain", "v", 42);
        await RemoveAsync(tier, "red");
        var before = await ScriptsAsync();
        for (var i = 0; i < 10; i++)
        {
            await tier.HitAsync("k");
        }

        for (var i = 0; i < 10; i++)
        {
            await tier.HitAsync("plain");
        }

        Assert.Equal(1, await ScriptsAsync() - before);
    }

    [Fact]
    public async Task A_dirty_entry_is_a_plain_hit_whatever_was_removed()
    {
        var tier = await Bed.StartAsync();
        await tier.TryWriteAsync(Tagged("k", "red") with { CleanTtl = null });
        await RemoveAsync(tier, "red");
        var before = await ScriptsAsync();
        for (var i = 0; i < 10; i++)
        {
            await tier.HitAsync("k");
        }

        Assert.Equal(before, await ScriptsAsync());
    }

    [Fact]
    public async Task A_look_at_the_tags_leaves_the_entry_its_time_to_live()
    {
        var tier = await Bed.StartAsync();
        await FillAsync(tier, "k", _hour, "blue");
        await RemoveAsync(tier, "red");
        await tier.HitAsync("k");
        Assert.InRange(long.Parse(await Server.CliAsync("PTTL", Bed.EntryOf("k")), CultureInfo.InvariantCulture), 1, 3_600_000);
    }

    [Fact]
    public async Task The_longest_span_of_a_tagged_entry_keeps_removals()
    {
        var tier = await Bed.StartAsync(static options => options.FillLease = _moment);
        await FillAsync(tier, "long", _hour, "blue");
        var partition = Partition.Of("long", Partitions);
        await RemoveAsync(tier, "red");
        Assert.InRange(
            long.Parse(await Server.CliAsync("PTTL", Bed.Name(partition, "t")), CultureInfo.InvariantCulture),
            3_590_000,
            3_600_000
        );
    }

    [Fact]
    public async Task What_was_dirty_longer_than_its_removal_is_remembered_is_dropped_nevertheless()
    {
        var tier = await Bed.StartAsync(static options => options.FillLease = _moment);
        await tier.TryWriteAsync(Tagged("k", "red") with { CleanTtl = null });
        await RemoveAsync(tier, "red");
        await Until.TrueAsync(async () => await RemembersAsync() == 0, "no removal is remembered");
        await tier.FlushAsync();
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task More_removals_than_are_remembered_drop_more_than_they_must()
    {
        var tier = await Bed.StartAsync();
        await FillAsync(tier, "old", _hour, "blue");
        var partition = Partition.Of("old", Partitions);
        for (var i = 0; i < 11_000; i += 1000)
        {
            await RemoveAsync(tier, [.. Enumerable.Range(i, 1000).Select(static n => $"tag:{n}")]);
        }

        await FillAsync(tier, "new", _hour, "blue");
        Assert.Equal("10000", (await Server.CliAsync("ZCARD", Bed.Name(partition, "t"))).Trim());
        await tier.AssertMissAsync("old");
        await tier.HitAsync("new");
    }

    private static ValueTask RemoveAsync(ICacheTier tier, params string[] tags) => tier.RemoveByTagAsync(tags, Cancelled);

    private static TierWrite Tagged(string key, params string[] tags) =>
        new()
        {
            Key = key,
            Value = TierSteps.Bytes("v"),
            Tags = tags,
            CleanTtl = _hour,
        };

    private static FillRequest Loaded(string key, long lease, TimeSpan ttl, params string[] tags) =>
        new()
        {
            Key = key,
            Lease = lease,
            Value = TierSteps.Bytes("v"),
            Version = 42,
            Tags = tags,
            Ttl = ttl,
        };

    private static async Task FillAsync(ICacheTier tier, string key, TimeSpan ttl, params string[] tags)
    {
        var lease = await tier.LeaseAsync(key);
        Assert.True((await tier.FillAsync(Loaded(key, lease, ttl, tags))).Filled);
    }

    private async Task<int> RemembersAsync()
    {
        var sum = 0;
        for (var i = 0; i < Partitions; i++)
        {
            sum += int.Parse(await Server.CliAsync("ZCARD", Bed.Name(i, "t")), CultureInfo.InvariantCulture);
        }

        return sum;
    }

    /// <summary>How many scripts ran, without the one that asks each second what all agree on: it alone reads hashes,
    /// five fields each time.</summary>
    private async Task<int> ScriptsAsync()
    {
        var calls = await Server.CallsAsync("evalsha", "hget");
        return calls[0] - (calls[1] / 5);
    }

    private async Task<int> CallsAsync(string command) => (await Server.CallsAsync(command))[0];
}
