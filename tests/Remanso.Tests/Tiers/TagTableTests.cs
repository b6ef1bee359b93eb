using Remanso.Conformance.Tiers;
using Remanso.Entries;
using Remanso.Testing;
using Remanso.Tiers;
using Remanso.Tiers.Memory;
using Xunit;

namespace Remanso.Tests.Tiers;

/// <summary>What removals by tag cost the memory tier.</summary>
public sealed class TagTableTests
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_removal_touches_none_of_the_entries()
    {
        var tier = Create();
        for (var i = 0; i < 5000; i++)
        {
            await FillAsync(tier, $"key:{i}", _minute, "red");
        }

        await RemoveAsync(tier, "red");
        Assert.Equal((5000, 1), (tier.Count, tier.RemovedTags));
        for (var i = 0; i < 5000; i += 500)
        {
            await tier.AssertMissAsync($"key:{i}");
        }
    }

    [Fact]
    public async Task What_was_removed_leaves_at_a_heartbeat()
    {
        var tier = Create();
        for (var i = 0; i < 100; i++)
        {
            await FillAsync(tier, $"key:{i}", _minute, i % 2 == 0 ? "even" : "odd");
        }

        await RemoveAsync(tier, "even");
        await tier.HeartbeatAsync("worker", _minute, CancellationToken.None);
        Assert.Equal(50, tier.Count);
    }

    [Fact]
    public async Task Removals_are_forgotten_when_nothing_older_can_be_served()
    {
        var tier = Create();
        await FillAsync(tier, "k", 10 * _minute, "red");
        for (var i = 0; i < 1000; i++)
        {
            await RemoveAsync(tier, $"tag:{i}");
        }

        _time.Advance(9 * _minute);
        await tier.HeartbeatAsync("worker", _minute, CancellationToken.None);
        Assert.Equal(1000, tier.RemovedTags);
        _time.Advance(2 * _minute);
        await tier.HeartbeatAsync("worker", _minute, CancellationToken.None);
        Assert.Equal(0, tier.RemovedTags);
    }

    [Fact]
    public async Task Removals_are_forgotten_by_later_ones_where_nobody_sends_heartbeats()
    {
        var tier = Create();
        for (var round = 0; round < 10; round++)
        {
            for (var i = 0; i < 1000; i++)
            {
                await RemoveAsync(tier, $"tag:{round}:{i}");
            }

            _time.Advance(_minute);
        }

        Assert.InRange(tier.RemovedTags, 0, 1000);
    }

    [Fact]
    public async Task One_tag_removed_again_and_again_is_remembered_once()
    {
        var tier = Create();
        await FillAsync(tier, "k", 10 * _minute, "red");
        for (var i = 0; i < 1000; i++)
        {
            await RemoveAsync(tier, "red");
        }

        Assert.Equal(1, tier.RemovedTags);
    }

    [Fact]
    public async Task What_was_dirty_longer_than_its_removal_is_remembered_is_dropped_nevertheless()
    {
        var tier = Create();
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Value = TierSteps.Bytes("v"),
                Tags = ["red"],
            }
        );
        await RemoveAsync(tier, "red");
        _time.Advance(60 * _minute);
        await tier.HeartbeatAsync("worker", _minute, CancellationToken.None);
        Assert.Equal(0, tier.RemovedTags);
        await tier.FlushAsync();
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public void Beyond_its_limit_the_table_forgets_removals_and_drops_more_than_it_must()
    {
        var table = new TagTable(most: 10);
        var (old, innocent) = (Entry(table, "tag:0"), Entry(table, "innocent"));
        for (var i = 0; i < 100; i++)
        {
            table.Remove([$"tag:{i}"], keepsStale: false, now: i, leasesEnd: long.MaxValue);
            Assert.InRange(table.Count, 1, 11);
        }

        Assert.True(table.IsRemoved(old));
        Assert.True(table.IsRemoved(innocent));
        Assert.False(table.IsRemoved(Entry(table, "tag:0", "innocent")));
    }

    [Fact]
    public async Task A_hit_on_a_tagged_entry_allocates_nothing()
    {
        var tier = Create();
        await FillAsync(tier, "k", _minute, "red", "blue");
        await RemoveAsync(tier, "green");
        Assert.True(tier.TryRead("k", out _));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var hits = 0;
        for (var i = 0; i < 1000; i++)
        {
            hits += tier.TryRead("k", out _) ? 1 : 0;
        }

        Assert.Equal((0, 1000), (GC.GetAllocatedBytesForCurrentThread() - before, hits));
    }

    [Fact]
    public async Task Tags_count_against_the_byte_bound()
    {
        var tier = Create();
        await FillAsync(tier, "k", _minute);
        var untagged = tier.Bytes;
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Value = TierSteps.Bytes("v"),
                Tags = [new string('t', 100)],
            }
        );
        Assert.InRange(tier.Bytes - untagged, 200, 400);
        await tier.TryWriteAsync(new TierWrite { Key = "k", Value = TierSteps.Bytes("v") });
        await tier.FlushAsync();
        Assert.Equal(untagged, tier.Bytes);
    }

    [Fact]
    public async Task Removals_and_writes_that_race_never_leave_an_older_entry()
    {
        var tier = Create();
        var done = -1;
        var writer = Task.Run(async () =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                await tier.TryWriteAsync(
                    new TierWrite
                    {
                        Key = "k",
                        Value = BitConverter.GetBytes(i),
                        Tags = ["red"],
                        CleanTtl = _minute,
                    }
                );
                Volatile.Write(ref done, i);
            }
        });
        while (!writer.IsCompleted)
        {
            var seen = Volatile.Read(ref done);
            await RemoveAsync(tier, "red");
            if ((await tier.ReadAsync("k")).Entry is { } entry)
            {
                Assert.True(BitConverter.ToInt32(entry.Value.Span) > seen);
            }
        }

        await writer;
    }

    [Fact]
    public async Task A_reader_in_the_midst_of_a_removal_does_not_take_the_entry_for_one_that_outlived_it()
    {
        var tier = Create();
        for (var round = 0; round < 200; round++)
        {
            await FillAsync(tier, "k", _minute, "red");
            using var barrier = new Barrier(2);
            var remover = Task.Run(async () =>
            {
                barrier.SignalAndWait();
                await RemoveAsync(tier, "red");
            });
            barrier.SignalAndWait();
            while (!remover.IsCompleted)
            {
                await tier.ReadAsync("k");
            }

            await remover;
            await tier.AssertMissAsync("k");
        }
    }

    private static ValueTask RemoveAsync(MemoryTier tier, params string[] tags) => tier.RemoveByTagAsync(tags, CancellationToken.None);

    private static CacheEntry Entry(TagTable table, params string[] tags) =>
        new() { Version = 1, Tags = StampedTags.Of(tags, table.Newest) };

    private static async Task FillAsync(MemoryTier tier, string key, TimeSpan ttl, params string[] tags)
    {
        var lease = await tier.LeaseAsync(key);
        var fill = new FillRequest
        {
            Key = key,
            Lease = lease,
            Value = TierSteps.Bytes("v"),
            Version = 1,
            Tags = tags,
            Ttl = ttl,
        };
        Assert.True((await tier.FillAsync(fill)).Filled);
    }

    private MemoryTier Create() => new("test", new TierOptions { Partitions = 4 }, _time);
}
