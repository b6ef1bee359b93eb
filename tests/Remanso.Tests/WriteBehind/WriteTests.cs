using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class WriteTests
{
    private static readonly WriteOptions _stored = new() { Durability = Durability.Stored };

    [Fact]
    public async Task Versions_of_a_key_grow_and_a_reader_sees_the_write_at_once()
    {
        await using var harness = await CacheHarness.StartAsync();

        var first = await harness.Cache.SetAsync("k", "A");
        var second = await harness.Cache.SetAsync("k", "B");

        Assert.True(second.Version > first.Version);
        var read = await harness.Cache.GetAsync("k");
        Assert.Equal(("B", second.Version), (read.Value, read.Version));
        Assert.True(read.Entry!.IsDirty);
    }

    [Fact]
    public async Task A_stored_write_returns_when_the_store_has_it_without_waiting_for_the_interval()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Flush.Interval = TimeSpan.FromHours(1));

        var receipt = await harness.Cache.SetAsync("k", "v", _stored).AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(Durability.Stored, receipt.Durability);
        Assert.Equal(receipt.Version, harness.Store.Rows["k"].Version);
    }

    [Fact]
    public async Task Conditional_writes_of_many_new_keys_load_them_together_and_one_failed_load_is_the_outcome_of_its_key()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Load.MaxConcurrent = 2);
        harness.Store.OnLoad = static (keys, _) =>
            keys.Contains("k7")
                ? throw new StoreException("k7 can't be read", isTransient: false) { BlamesRow = true }
                : Task.CompletedTask;
        var absent = new WriteOptions { Condition = WriteCondition.Absent };

        var outcomes = await harness.Cache.SetManyAsync(
            [.. Enumerable.Range(0, 100).Select(static i => new KeyValuePair<string, string>($"k{i}", "v")), new("k1", "again")],
            absent
        );

        Assert.IsType<StoreException>(outcomes[7].Error);
        Assert.IsType<VersionConflictException>(outcomes[100].Error);
        Assert.All(outcomes.Where(static (_, i) => i is not (7 or 100)), static outcome => Assert.Null(outcome.Error));
        Assert.Equal("v", (await harness.Cache.GetAsync("k1")).Value);
        // One, and what finds the bad row.
        Assert.InRange(harness.Store.Loads.Count, 1, 20);
    }

    [Fact]
    public async Task A_stored_write_that_a_newer_one_superseded_counts_as_stored()
    {
        await using var harness = await CacheHarness.StartAsync();
        var gate = new Gate();
        harness.Store.BeforeSave = _ => gate.PassAsync();
        var busy = harness.Cache.SetAsync("busy", "v", _stored).AsTask();
        await gate.ArrivedAsync();

        var older = harness.Cache.SetAsync("k", "5", _stored).AsTask();
        await harness.Cache.SetAsync("k", "6");
        gate.Open();

        Assert.Equal(Durability.Stored, (await older.WaitAsync(TimeSpan.FromSeconds(60))).Durability);
        Assert.Equal("6", harness.Store.Text("k"));
        await busy;
    }

    [Fact]
    public async Task A_stored_write_that_the_store_refuses_fails_with_the_reason_and_its_version()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Flush.StoredTimeout = TimeSpan.FromHours(1));
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key == "k") ? throw new StoreException("too long", isTransient: false) : Task.CompletedTask;
        var write = harness.Cache.SetAsync("k", "v", _stored).AsTask();

        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the refusal");

        var error = await Assert.ThrowsAsync<DurabilityNotReachedException>(() => write);
        Assert.Contains("too long", error.Message, StringComparison.Ordinal);
        Assert.Equal((await harness.Cache.GetAsync("k")).Version, error.Version);
    }

    [Fact]
    public async Task A_stored_write_that_takes_too_long_says_that_it_is_accepted()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Flush.StoredTimeout = TimeSpan.FromSeconds(2));
        harness.Store.BeforeSave = static _ => throw new StoreException("down", isTransient: true);
        var write = harness.Cache.SetAsync("k", "v", _stored).AsTask();

        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the time-out");

        var error = await Assert.ThrowsAsync<DurabilityNotReachedException>(() => write);
        Assert.EndsWith(
            "once a process flushes the cache and the store takes writes. The last try of this process failed: down",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Equal((await harness.Cache.GetAsync("k")).Version, error.Version);
    }

    [Theory]
    [InlineData(Durability.Replicated)]
    [InlineData(Durability.Logged)]
    public async Task A_level_that_cannot_be_had_is_refused_before_anything_is_written(Durability level)
    {
        await using var harness = await CacheHarness.StartAsync();

        await Assert.ThrowsAsync<DurabilityUnavailableException>(async () =>
            await harness.Cache.SetAsync("k", "v", new WriteOptions { Durability = level })
        );

        Assert.False((await harness.Cache.GetAsync("k", ReadFrom.Tier)).Found);
    }

    [Fact]
    public async Task A_full_cache_refuses_writes_with_the_time_to_wait_and_loses_nothing()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Tier.MaxDirtyEntries = 100);
        var down = true;
        harness.Store.BeforeSave = _ => down ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        var accepted = new List<string>();
        var refused = 0;
        for (var i = 0; i < 150; i++)
        {
            try
            {
                await harness.Cache.SetAsync($"k{i}", "v");
                accepted.Add($"k{i}");
            }
            catch (BackPressureException exception)
            {
                Assert.True(exception.RetryAfter > TimeSpan.Zero);
                refused++;
            }
        }

        Assert.Equal((100, 50), (accepted.Count, refused));
        down = false;
        await harness.AdvanceUntilAsync(() => harness.Store.Rows.Count == 100, "that all accepted writes are stored");
        Assert.All(accepted, key => Assert.Equal("v", harness.Store.Text(key)));
        await harness.Cache.Operations.FlushAsync();
        await harness.Cache.SetAsync("after", "v");
    }

    [Fact]
    public async Task A_condition_on_a_key_that_only_the_store_has_is_checked_against_the_store()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Ttl.Absent = TimeSpan.Zero);
        harness.Store.Put("k", "v", 7);

        var conflict = await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await harness.Cache.SetAsync("k", "new", new WriteOptions { Condition = WriteCondition.Absent })
        );
        Assert.Equal(7, conflict.CurrentVersion);
        await harness.Cache.SetAsync("k", "new", new WriteOptions { Condition = WriteCondition.IsVersion(7) });
        await harness.Cache.SetAsync("fresh", "new", new WriteOptions { Condition = WriteCondition.Absent });
        await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await harness.Cache.SetAsync("fresh", "again", new WriteOptions { Condition = WriteCondition.Absent })
        );
    }

    [Fact]
    public async Task After_a_remove_that_is_not_flushed_yet_a_write_if_absent_succeeds()
    {
        await using var harness = await CacheHarness.StartAsync();
        await harness.Cache.SetAsync("k", "v");
        await harness.Cache.RemoveAsync("k");

        await harness.Cache.SetAsync("k", "again", new WriteOptions { Condition = WriteCondition.Absent });

        Assert.Equal("again", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_value_above_the_limit_is_refused()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.MaxValueBytes = 10);

        await harness.Cache.SetAsync("k", new string('x', 10));
        var error = await Assert.ThrowsAsync<ValueTooLargeException>(async () => await harness.Cache.SetAsync("k", new string('x', 11)));
        Assert.Equal((11, 10), (error.Bytes, error.Limit));
    }

    [Fact]
    public async Task Many_writes_stand_each_for_itself()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Tier.MaxDirtyEntries = 2);

        var outcomes = await harness.Cache.SetManyAsync([new("a", "1"), new("b", "2"), new("c", "3"), new("a", "4"), new("", "5")]);

        Assert.Equal([true, true, false, true, false], outcomes.Select(static outcome => outcome.Error is null));
        Assert.IsType<BackPressureException>(outcomes[2].Error);
        Assert.IsType<InvalidKeyException>(outcomes[4].Error);
        Assert.True(outcomes[3].Receipt.Version > outcomes[0].Receipt.Version);
        Assert.Equal("4", (await harness.Cache.GetAsync("a")).Value);
    }

    [Fact]
    public async Task A_dirty_value_whose_lifetime_ends_is_stored_nevertheless_and_reads_as_absent()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Flush.Interval = TimeSpan.FromHours(1));
        await harness.Cache.SetAsync("k", "v", new WriteOptions { Lifetime = TimeSpan.FromSeconds(1) });

        harness.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False((await harness.Cache.GetAsync("k")).Found);
        await harness.Cache.Operations.FlushAsync();

        Assert.True(harness.Store.Rows.ContainsKey("k"));
        await harness.Cache.InvalidateAllAsync();
        Assert.False((await harness.Cache.GetAsync("k")).Found);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" text/plain")]
    [InlineData("text/plain; name=\"caf\u00e9\"")]
    [InlineData("text/plain\r\nX: y")]
    [InlineData("text/plain;\tcharset=utf-8")]
    public async Task A_content_type_that_no_header_could_hold_is_refused(string contentType)
    {
        await using var harness = await CacheHarness.StartAsync();
        var options = new WriteOptions { ContentType = contentType };

        await Assert.ThrowsAsync<InvalidContentTypeException>(async () => await harness.Cache.SetAsync("k", "v", options));
        Assert.IsType<InvalidContentTypeException>(Assert.Single(await harness.Cache.SetManyAsync([new("k", "v")], options)).Error);
        await Assert.ThrowsAsync<InvalidContentTypeException>(async () => await harness.Cache.PatchAsync("k", "{}"u8.ToArray(), options));
        Assert.False((await harness.Cache.GetAsync("k")).Found);
    }
}
