using Remanso.Conformance.Tiers;
using Remanso.Entries;
using Remanso.Hosting;
using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers;

/// <summary>What only the memory tier promises: the bound, the eviction, the clock, the cost.</summary>
public sealed class MemoryTierTests
{
    private const int MaxBytes = 64 << 10;

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Beyond_its_bytes_it_evicts_clean_entries()
    {
        var tier = Create();
        for (var i = 0; i < 1000; i++)
        {
            await tier.FillAsync($"key:{i}", new string('v', 200), 1);
        }

        Assert.InRange(tier.Bytes, MaxBytes * 9 / 10, MaxBytes);
        Assert.InRange(tier.Count, 50, 200);
    }

    [Fact]
    public async Task Dirty_entries_are_not_evicted()
    {
        var tier = Create();
        for (var i = 0; i < 30; i++)
        {
            await tier.WriteAsync($"dirty:{i}", new string('v', 200));
        }

        for (var i = 0; i < 1000; i++)
        {
            await tier.FillAsync($"key:{i}", new string('v', 200), 1);
        }

        for (var i = 0; i < 30; i++)
        {
            Assert.True((await tier.HitAsync($"dirty:{i}")).IsDirty);
        }

        Assert.InRange(tier.Bytes, 0, MaxBytes);
    }

    [Theory]
    [InlineData('k')]
    [InlineData('\u20ac')]
    public async Task The_largest_value_that_a_cache_may_have_fits_beside_the_longest_key(char letter)
    {
        var options = new CacheOptions { Tier = { MaxBytes = 128 << 10, MaxDirtyBytes = 64 << 10 } };
        options.MaxValueBytes = (64 << 10) - CacheKey.MaxBytes;
        var key = new string(letter, CacheKey.MaxBytes / System.Text.Encoding.UTF8.GetByteCount([letter]));
        CacheOptionsValidator.ValidateFit("test", options);
        await using var tier = new MemoryTier("test", options.Tier, _time);

        Assert.NotEqual(0, await tier.WriteAsync(key, new string('v', options.MaxValueBytes)));
        options.MaxValueBytes++;
        Assert.Throws<CacheConfigurationException>(() => CacheOptionsValidator.ValidateFit("test", options));
    }

    [Fact]
    public async Task Where_everything_may_be_dirty_the_largest_value_fits_into_the_tier()
    {
        var options = new CacheOptions { Tier = { MaxBytes = 64 << 10, MaxDirtyBytes = 64 << 10 } };
        options.MaxValueBytes = 60 << 10;
        var key = new string('k', CacheKey.MaxBytes);
        while (Record.Exception(() => CacheOptionsValidator.ValidateFit("test", options)) is null)
        {
            options.MaxValueBytes++;
        }

        options.MaxValueBytes--;
        await using var tier = new MemoryTier("test", options.Tier, _time);

        Assert.NotEqual(0, await tier.WriteAsync(key, new string('v', options.MaxValueBytes)));
    }

    [Fact]
    public async Task A_value_that_never_fits_is_refused_and_the_others_of_its_batch_are_written()
    {
        await using var tier = Create();

        var results = await tier.WriteManyAsync([Of("a", 10), Of("b", 2 * MaxBytes), Of("c", 10)], CancellationToken.None);

        Assert.Equal([null, typeof(ValueTooLargeException), null], results.Select(static result => result.Error?.GetType()));
        Assert.Equal(2, (await tier.GetDirtyAsync(CancellationToken.None)).Entries);

        static TierWrite Of(string key, int bytes) =>
            new()
            {
                Key = key,
                Value = new byte[bytes],
                ExpiresAt = CacheEntry.Never,
            };
    }

    [Fact]
    public async Task Time_takes_no_dirty_entry_away()
    {
        var tier = Create();
        var written = await tier.WriteAsync("k", "v");
        var deleted = await tier.DeleteAsync("gone");

        _time.Advance(TimeSpan.FromDays(30));
        await tier.HeartbeatAsync("worker", TimeSpan.FromMinutes(1), CancellationToken.None);

        Assert.Equal("v", (await tier.HitAsync("k")).Text());
        Assert.Equal((deleted, true), ((await tier.HitAsync("gone")).Version, (await tier.HitAsync("gone")).IsTombstone));
        Assert.Equal(2, (await tier.TakeAsync(await tier.AcquireAllAsync())).Count);
        var next = new TierWrite { Key = "k", Condition = WriteCondition.IsVersion(written) };
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(next)).Outcome);
    }

    [Fact]
    public async Task What_the_store_has_can_be_evicted()
    {
        var tier = Create();
        for (var i = 0; i < 50; i++)
        {
            await tier.WriteAsync($"dirty:{i}", new string('v', 200));
        }

        for (var i = 0; i < 1000; i++)
        {
            await tier.FillAsync($"a:{i}", new string('v', 200), 1);
        }

        await tier.FlushAsync();
        for (var i = 0; i < 1000; i++)
        {
            await tier.FillAsync($"b:{i}", new string('v', 200), 1);
        }

        await tier.AssertMissAsync("dirty:0");
        Assert.InRange(tier.Bytes, 0, MaxBytes);
    }

    [Fact]
    public async Task A_write_that_would_not_fit_beside_the_dirty_ones_is_refused()
    {
        var tier = Create(options => options.MaxDirtyBytes = 2 * MaxBytes);
        TierWriteOutcome outcome;
        var i = 0;
        do
        {
            outcome = (await tier.TryWriteAsync(new TierWrite { Key = $"key:{i++}", Value = new byte[200] })).Outcome;
        } while (outcome == TierWriteOutcome.Accepted && i < 1000);
        Assert.Equal(TierWriteOutcome.Full, outcome);
        Assert.InRange(tier.Bytes, MaxBytes * 9 / 10, MaxBytes);
    }

    [Fact]
    public async Task A_fill_into_a_tier_full_of_dirty_entries_is_returned_but_not_kept()
    {
        var tier = Create(options => options.MaxDirtyBytes = 2 * MaxBytes);
        for (var i = 0; (await tier.TryWriteAsync(new TierWrite { Key = $"key:{i}" })).Outcome == TierWriteOutcome.Accepted; i++) { }

        var lease = await tier.LeaseAsync("k");
        var result = await tier.FillAsync(TierSteps.Loaded("k", lease, new string('v', 500), 1));
        Assert.False(result.Filled);
        Assert.Equal(500, result.Current!.Value.Length);
        await tier.AssertMissAsync("k");
        Assert.InRange(tier.Bytes, 0, MaxBytes);
    }

    [Fact]
    public async Task A_value_that_can_never_fit_is_an_error_and_not_back_pressure()
    {
        var tier = Create();
        var write = new TierWrite { Key = "k", Value = new byte[MaxBytes] };
        await Assert.ThrowsAsync<ValueTooLargeException>(async () => await tier.WriteAsync(write, CancellationToken.None));
        await tier.AssertMissAsync("k");
        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Fact]
    public async Task The_version_grows_even_when_the_clock_goes_back()
    {
        var tier = Create();
        var version = await tier.WriteAsync("k", "v");
        await tier.FlushAsync();
        await tier.InvalidateAsync("k");
        _time.ShiftWallClock(TimeSpan.FromDays(-1));
        await tier.HeartbeatAsync("worker", TimeSpan.FromSeconds(1), CancellationToken.None);
        Assert.True(await tier.WriteAsync("k", "w") > version);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_version_grows_over_an_eviction_of_one_ahead_of_the_clock(bool evict)
    {
        var tier = Create();
        var ahead = tier.Now + 3_600_000_000;
        await tier.FillAsync("k", "v", ahead);
        if (!evict)
        {
            await tier.InvalidateAsync("k");
        }

        for (var i = 0; evict && i < 1000; i++)
        {
            await tier.FillAsync($"key:{i}", new string('v', 200), 1);
        }

        await tier.AssertMissAsync("k");
        Assert.True(await tier.WriteAsync("k", "w") > ahead);
    }

    [Fact]
    public async Task A_batch_that_becomes_full_wants_one_flush()
    {
        var tier = Create(options => options.FlushBatchSize = 3);
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        for (var i = 0; i < 10; i++)
        {
            await tier.WriteAsync($"key:{i}", "v");
        }

        Assert.Single(observer.Heard, "flush wanted");
        await tier.FlushAsync();
        for (var i = 0; i < 10; i++)
        {
            await tier.WriteAsync($"key:{i}", "v");
        }

        Assert.Equal(2, observer.Heard.Count(signal => signal == "flush wanted"));
    }

    [Fact]
    public async Task Entries_past_their_time_leave_at_a_heartbeat()
    {
        var tier = Create();
        await tier.FillAsync("short", "v", 1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        await tier.FillAsync("long", "v", 1, TimeSpan.FromHours(1));
        await tier.WriteAsync("dirty", "v");
        _time.Advance(TimeSpan.FromSeconds(2));
        await tier.HeartbeatAsync("worker", TimeSpan.FromSeconds(1), CancellationToken.None);
        Assert.Equal(2, tier.Count);
        await tier.AssertMissAsync("short");
        await tier.HitAsync("long");
    }

    [Fact]
    public async Task Leases_that_nobody_gave_back_are_forgotten_though_nobody_asks_for_their_keys_again()
    {
        var tier = Create(static options => options.FillLease = TimeSpan.FromSeconds(3));
        for (var i = 0; i < 1000; i++)
        {
            await tier.LeaseAsync($"dead:{i}");
        }

        _time.Advance(TimeSpan.FromSeconds(3));
        var lease = await tier.LeaseAsync("alive");
        await tier.HeartbeatAsync("worker", TimeSpan.FromSeconds(1), CancellationToken.None);

        Assert.Equal(1, tier.Leases);
        Assert.True(await tier.ReleaseLeaseAsync("alive", lease, CancellationToken.None));
    }

    [Fact]
    public async Task A_batch_has_a_key_once_though_not_all_of_its_versions_fit()
    {
        var tier = Create(static options => (options.KeepsVersions, options.MaxBytes) = (true, 64 << 20));
        for (var i = 0; i < 3; i++)
        {
            await tier.WriteAsync("k", new string('v', 7 << 20));
        }

        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));

        Assert.Equal((2, true), (taken.Versions, taken.HasLater));
    }

    [Fact]
    public async Task The_time_to_try_again_follows_the_flush()
    {
        var tier = Create(options => (options.MaxDirtyEntries, options.FlushBatchSize) = (10, 10));
        for (var i = 0; i < 10; i++)
        {
            await tier.WriteAsync($"key:{i}", "v");
        }

        var full = await tier.TryWriteAsync(new TierWrite { Key = "k" });
        Assert.Equal(new TierWriteResult(TierWriteOutcome.Full, 0, TimeSpan.FromSeconds(1)), full);
        await tier.FlushAsync();
        _time.Advance(TimeSpan.FromSeconds(4));
        for (var i = 0; i < 10; i++)
        {
            await tier.WriteAsync($"key:{i}", "v");
        }

        full = await tier.TryWriteAsync(new TierWrite { Key = "k" });
        Assert.InRange(full.RetryAfter, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_hit_allocates_nothing()
    {
        var tier = Create();
        await tier.FillAsync("clean", "v", 1);
        await tier.WriteAsync("dirty", "v");
        Assert.Equal(2000, Hits(tier, 1000));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var hits = Hits(tier, 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2000, hits);
    }

    [Fact]
    public async Task Without_observers_and_growth_a_write_allocates_its_entry_alone()
    {
        var tier = Create();
        var write = new TierWrite { Key = "k", Value = new byte[10] };
        await tier.WriteAsync(write, CancellationToken.None);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(tier.WriteAsync(write, CancellationToken.None).IsCompletedSuccessfully);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1000 * 104);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4097)]
    public void Options_out_of_range_are_refused_at_once(int partitions) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Create(options => options.Partitions = partitions));

    private static int Hits(MemoryTier tier, int rounds)
    {
        var hits = 0;
        for (var i = 0; i < rounds; i++)
        {
            if (tier.ReadAsync("clean", 0, default).Result.Outcome == TierReadOutcome.Hit)
            {
                hits++;
            }

            if (tier.ReadAsync("dirty", 7, default).Result.Outcome == TierReadOutcome.Hit)
            {
                hits++;
            }
        }

        return hits;
    }

    private MemoryTier Create(Action<TierOptions>? configure = null)
    {
        var options = new TierOptions { MaxBytes = MaxBytes, Partitions = 4 };
        configure?.Invoke(options);
        return new MemoryTier("test", options, _time);
    }
}
