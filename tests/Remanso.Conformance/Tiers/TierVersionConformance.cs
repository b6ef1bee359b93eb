using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Tiers that keep every version of a key until the store has it.</summary>
public abstract class TierVersionConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task All_versions_of_a_dirty_key_are_taken_in_their_order()
    {
        var tier = await StartKeepingAsync();
        var first = await tier.WriteAsync("k", "1");
        var second = await tier.WriteAsync("k", "22");
        var third = await tier.WriteAsync("k", "333");

        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));

        Assert.Equal([(first, "1"), (second, "22"), (third, "333")], Versions(taken));
        Assert.Equal((third, false, 3), (taken.Entry.Version, taken.HasLater, taken.Versions));
        Assert.Equal("333", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task Deletes_and_additions_are_versions_with_what_they_left()
    {
        var tier = await StartKeepingAsync();
        await tier.WriteAsync("k", "1");
        await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = Merge.Add(41) });
        await tier.DeleteAsync("k");
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Value = TierSteps.Bytes("again"),
                ContentType = "text/plain",
                ExpiresAt = 4_000_000_000_000_000,
            }
        );
        await tier.WriteAsync("k", "last");

        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));

        Assert.Equal(["1", "42", "", "again", "last"], Versions(taken).Select(static version => version.Value));
        Assert.Equal([false, false, true, false], taken.Earlier.Select(static version => version.IsTombstone));
        Assert.Equal(("text/plain", 4_000_000_000_000_000), (taken.Earlier[3].ContentType, taken.Earlier[3].ExpiresAt));
        Assert.Equal(CacheEntry.Never, taken.Earlier[0].ExpiresAt);
    }

    [Fact]
    public async Task A_key_that_was_stored_begins_anew()
    {
        var tier = await StartKeepingAsync();
        await WriteAsync(tier, "k", 3);
        await tier.FlushAsync();
        Assert.Equal((0, 0), await DirtyAsync(tier));

        var version = await tier.WriteAsync("k", "new");

        Assert.Equal([(version, "new")], Versions(Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()))));
    }

    [Fact]
    public async Task A_settlement_forgets_what_was_saved_and_keeps_what_was_written_since()
    {
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "k", 2);
        var taken = Assert.Single(await tier.TakeAsync(leases));
        var later = await tier.WriteAsync("k", "later");
        var last = await tier.WriteAsync("k", "last");

        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.Stored()));

        Assert.Equal((2, "klaterklast".Length), await DirtyAsync(tier));
        var next = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal([(later, "later"), (last, "last")], Versions(next));
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(next.Stored()));
        Assert.Equal((0, 0), await DirtyAsync(tier));
        Assert.False((await tier.HitAsync("k")).IsDirty);
    }

    [Fact]
    public async Task A_take_gives_as_many_versions_as_it_was_asked_for_and_the_next_ones_the_rest()
    {
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "k", 25);
        var stored = new List<string>();

        foreach (var (count, hasLater) in new[] { (10, true), (10, true), (5, false) })
        {
            var taken = Assert.Single(await tier.TakeAsync(leases, 10));
            Assert.Equal((count, hasLater), (taken.Versions, taken.HasLater));
            stored.AddRange(Versions(taken).Select(static version => version.Value));
            Assert.Equal(hasLater ? SettleResult.StillDirty : SettleResult.Settled, await tier.SettleAsync(taken.Stored()));
            Assert.Equal(25 - stored.Count, (await tier.DirtyAsync()).Entries);
        }

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{i}"), stored);
        Assert.Empty(await tier.TakeAsync(leases, 10));
        Assert.Equal((0, 0), await DirtyAsync(tier));
    }

    [Fact]
    public async Task A_refused_key_gives_one_version_and_takes_no_room_from_others()
    {
        var tier = await StartKeepingAsync(options => options.Partitions = 1);
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "bad", 20);
        Assert.Equal(5, Assert.Single(await tier.TakeAsync(leases, 5)).Versions);
        await WriteAsync(tier, "good", 3);

        var taken = await tier.TakeAsync(leases, 6, new Dictionary<string, long> { ["bad"] = 0 }, CancellationToken.None);

        Assert.Equal([("bad", 1, true), ("good", 3, false)], taken.Select(static entry => (entry.Key, entry.Versions, entry.HasLater)));
        Assert.Equal("0", taken[0].Entry.Text());
        await tier.SettleAsync([.. taken.Select(static entry => entry.Stored())], CancellationToken.None);
        var rest = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal(Enumerable.Range(1, 19).Select(static i => $"{i}"), Versions(rest).Select(static version => version.Value));
    }

    [Fact]
    public async Task Of_what_was_taken_a_beginning_can_be_settled()
    {
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "k", 25);
        var taken = Assert.Single(await tier.TakeAsync(leases));

        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.First(10).Stored()));

        Assert.Equal(15, (await tier.DirtyAsync()).Entries);
        var rest = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal(Enumerable.Range(10, 15).Select(static i => $"{i}"), Versions(rest).Select(static version => version.Value));
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(rest.Stored()));
        Assert.Equal((0, 0), await DirtyAsync(tier));
    }

    [Fact]
    public async Task Of_one_version_a_refused_key_gives_that()
    {
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        await tier.WriteAsync("bad", "v");

        var taken = Assert.Single(await tier.TakeAsync(leases, 2, new Dictionary<string, long> { ["bad"] = 0 }, CancellationToken.None));

        Assert.Equal(("v", 1, false), (taken.Entry.Text(), taken.Versions, taken.HasLater));
    }

    [Fact]
    public async Task The_rest_of_a_part_that_is_taken_behind_younger_keys_is_as_old_as_it_is()
    {
        var tier = await StartKeepingAsync(options => options.Partitions = 1);
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "k", 4);
        await OutlastMomentAsync();
        await tier.WriteAsync("other", "young");
        var taken = await tier.TakeAsync(leases, 2, new Dictionary<string, long> { ["k"] = 0 }, CancellationToken.None);
        Assert.Equal(["k", "other"], taken.Select(static entry => entry.Key));
        await tier.SettleAsync(taken[0].Stored());

        await tier.TakeAsync(leases, 10);

        Assert.InRange((await tier.DirtyAsync()).OldestAge, Moment, Ages);
    }

    [Fact]
    public async Task What_waits_behind_a_part_is_no_younger_for_it()
    {
        var tier = await StartKeepingAsync(options => options.Partitions = 1);
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "k", 4);
        await OutlastMomentAsync();
        await tier.WriteAsync("other", "young");

        var taken = Assert.Single(await tier.TakeAsync(leases, 2));
        await tier.WriteAsync("k", "young");
        await tier.SettleAsync(taken.Stored());

        Assert.InRange((await tier.DirtyAsync()).OldestAge, Moment, Ages);
        Assert.Equal("k", (await tier.TakeAsync(leases, 2))[0].Key);
    }

    [Fact]
    public async Task A_key_of_many_versions_leaves_room_for_others_in_the_end()
    {
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "hot", 30);
        foreach (var key in Enumerable.Range(0, 12))
        {
            await tier.WriteAsync($"cold{key}", "1");
        }

        var seen = new List<string>();

        while (await tier.TakeAsync(leases, 8) is { Count: > 0 } taken)
        {
            Assert.InRange(taken.Sum(static entry => entry.Versions), 1, 8);
            seen.AddRange(taken.SelectMany(entry => Versions(entry).Select(version => $"{entry.Key} {version.Value}")));
            await tier.SettleAsync([.. taken.Select(static entry => entry.Stored())], CancellationToken.None);
        }

        Assert.Equal(42, seen.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(42, seen.Count);
        Assert.Equal(
            Enumerable.Range(0, 30).Select(i => $"hot {i}"),
            seen.Where(static line => line.StartsWith("hot", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task What_was_taken_and_not_settled_comes_again_with_what_was_written_since()
    {
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "k", 2);
        var lost = Assert.Single(await tier.TakeAsync(leases));
        await tier.WriteAsync("k", "2");

        var taken = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal(["0", "1", "2"], Versions(taken).Select(static version => version.Value));

        // The settlement that was thought lost comes first, and then once more.
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(lost.Stored()));
        Assert.Equal(1, (await tier.DirtyAsync()).Entries);
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(lost.Stored()));
        Assert.Equal((1, "k2".Length), await DirtyAsync(tier));
        await tier.FlushAsync();
        Assert.Equal((0, 0), await DirtyAsync(tier));
    }

    [Fact]
    public async Task A_part_that_was_not_settled_comes_again_from_its_beginning()
    {
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "k", 5);
        var lost = Assert.Single(await tier.TakeAsync(leases, 3));

        var taken = Assert.Single(await tier.TakeAsync(leases));

        Assert.Equal(["0", "1", "2", "3", "4"], Versions(taken).Select(static version => version.Value));
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(lost.Stored()));
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored()));
        Assert.Equal((0, 0), await DirtyAsync(tier));
        Assert.Empty(await tier.TakeAsync(leases));
    }

    [Fact]
    public async Task Every_version_counts_as_a_dirty_entry_with_its_bytes()
    {
        var tier = await StartKeepingAsync(options => (options.Partitions, options.MaxDirtyEntries) = (1, 3));
        await WriteAsync(tier, "key", 3);

        Assert.Equal((3, 12), await DirtyAsync(tier));
        Assert.Equal(
            TierWriteOutcome.Full,
            (await tier.TryWriteAsync(new TierWrite { Key = "key", Value = TierSteps.Bytes("3") })).Outcome
        );
        Assert.Equal(TierWriteOutcome.Full, (await tier.TryWriteAsync(new TierWrite { Key = "key", Tombstone = true })).Outcome);
        Assert.Equal("2", (await tier.HitAsync("key")).Text());
        await tier.FlushAsync();
        await WriteAsync(tier, "key", 3);
    }

    [Fact]
    public async Task The_bytes_of_all_versions_are_limited()
    {
        var tier = await StartKeepingAsync(options => (options.Partitions, options.MaxDirtyBytes) = (1, 1000));
        await tier.WriteAsync("k", new string('a', 600));

        Assert.Equal(
            TierWriteOutcome.Full,
            (await tier.TryWriteAsync(new TierWrite { Key = "k", Value = TierSteps.Bytes(new string('b', 600)) })).Outcome
        );

        await tier.WriteAsync("k", new string('b', 300));
        Assert.Equal((2, 902), await DirtyAsync(tier));
    }

    [Fact]
    public async Task A_refused_version_keeps_the_whole_key_waiting_and_a_replay_brings_all_of_it()
    {
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        var observer = new RecordingObserver();
        using var _ = tier.Subscribe(observer);
        await WriteAsync(tier, "k", 2);
        var taken = Assert.Single(await tier.TakeAsync(leases));
        var since = await tier.WriteAsync("k", "2");

        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.DeadLettered()));

        // Whoever waits for the newest version hears of it, too.
        await observer.HeardAsync($"dead k {since} too long");
        var dirty = await tier.DirtyAsync();
        Assert.Equal((0, 0, 1), (dirty.Entries, dirty.Bytes, dirty.DeadLetters));
        Assert.Equal(since, Assert.Single(await tier.ListDeadLettersAsync(10, CancellationToken.None)).Version);
        Assert.Empty(await tier.TakeAsync(leases));

        Assert.Equal(1, await tier.ReplayDeadLettersAsync(["k"], CancellationToken.None));

        Assert.Equal((3, 6), await DirtyAsync(tier));
        var again = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal(["0", "1", "2"], Versions(again).Select(static version => version.Value));
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(again.Stored()));
        Assert.Equal((0, 0), await DirtyAsync(tier));
    }

    [Fact]
    public async Task A_part_that_is_refused_makes_the_key_a_dead_letter_and_a_write_queues_all_of_it()
    {
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "k", 5);
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(Assert.Single(await tier.TakeAsync(leases, 2)).DeadLettered()));
        Assert.Equal((0, 0), await DirtyAsync(tier));
        Assert.Empty(await tier.TakeAsync(leases));

        await tier.WriteAsync("k", "5");

        var dirty = await tier.DirtyAsync();
        Assert.Equal((6, 12, 0), (dirty.Entries, dirty.Bytes, dirty.DeadLetters));
        Assert.Equal(
            ["0", "1", "2", "3", "4", "5"],
            Versions(Assert.Single(await tier.TakeAsync(leases))).Select(static version => version.Value)
        );
    }

    [Fact]
    public async Task A_dropped_dead_letter_takes_all_its_versions_along()
    {
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        await WriteAsync(tier, "k", 3);
        await tier.SettleAsync(Assert.Single(await tier.TakeAsync(leases)).DeadLettered());

        Assert.Equal(1, await tier.DropDeadLettersAsync(["k"], CancellationToken.None));

        await tier.WriteAsync("k", "new");
        Assert.Equal(["new"], Versions(Assert.Single(await tier.TakeAsync(leases))).Select(static version => version.Value));
        Assert.Equal((1, 4), await DirtyAsync(tier));
    }

    [Fact]
    public async Task A_superseded_key_adopts_the_row_and_forgets_its_versions()
    {
        var tier = await StartKeepingAsync();
        await WriteAsync(tier, "k", 3);
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));

        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Superseded("row", taken.Entry.Version + 5)));

        Assert.Equal("row", (await tier.HitAsync("k")).Text());
        Assert.Equal((0, 0), await DirtyAsync(tier));
    }

    [Fact]
    public async Task Concurrent_writers_beside_a_flush_lose_no_version_and_double_none()
    {
        const int Writers = 8;
        const int Writes = 50;
        var tier = await StartKeepingAsync();
        var leases = await tier.AcquireAllAsync();
        var gate = new Gate();
        var writing = Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(writer =>
                    Task.Run(
                        async () =>
                        {
                            await gate.PassAsync(Cancelled);
                            var versions = new List<long>(Writes);
                            for (var i = 0; i < Writes; i++)
                            {
                                versions.Add(await tier.WriteAsync("k", $"{writer}.{i}"));
                            }

                            return versions;
                        },
                        Cancelled
                    )
                )
        );

        await gate.ArrivedAsync(Writers);
        gate.Open();
        var stored = new List<long>();
        while (!writing.IsCompleted || (await tier.DirtyAsync()).Entries > 0)
        {
            await Task.Yield();
            foreach (var taken in await tier.TakeAsync(leases, 7))
            {
                stored.AddRange(Versions(taken).Select(static version => version.Version));
                await tier.SettleAsync(taken.Stored());
            }
        }

        var accepted = (await writing).SelectMany(static versions => versions).Order().ToArray();
        Assert.Equal(Writers * Writes, accepted.Distinct().Count());
        Assert.Equal(accepted, stored);
        Assert.Equal((0, 0), await DirtyAsync(tier));
    }

    [Fact]
    public async Task Elsewhere_nothing_is_kept()
    {
        var tier = await StartAsync();
        await WriteAsync(tier, "k", 3);

        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));

        Assert.Equal((0, false, 1), (taken.Earlier.Count, taken.HasLater, taken.Versions));
        Assert.Equal((1, 2), await DirtyAsync(tier));
    }

    private static List<(long Version, string Value)> Versions(TakenEntry taken) =>
        [.. taken.Earlier.Append(taken.Entry).Select(static version => (version.Version, version.Text()))];

    private static async Task<(long Entries, long Bytes)> DirtyAsync(ICacheTier tier)
    {
        var dirty = await tier.DirtyAsync();
        return (dirty.Entries, dirty.Bytes);
    }

    private static async Task WriteAsync(ICacheTier tier, string key, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await tier.WriteAsync(key, $"{i}");
        }
    }

    private Task<ICacheTier> StartKeepingAsync(Action<TierOptions>? configure = null) =>
        StartAsync(options =>
        {
            options.KeepsVersions = true;
            configure?.Invoke(options);
        });
}
