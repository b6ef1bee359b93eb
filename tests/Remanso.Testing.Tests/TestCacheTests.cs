using Remanso.Stores;

namespace Remanso.Testing.Tests;

/// <summary>What a user's tests rely on.</summary>
public sealed class TestCacheTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_burst_of_reads_is_one_query_and_a_burst_of_writes_one_batch()
    {
        var store = new FakeStore<int, string>();
        store.Put(42, "Alice");
        await using var test = await TestCache.StartAsync(store, cancellationToken: Cancelled);
        Task<ReadResult<string>>[] readers;
        using (store.HoldLoads())
        {
            readers = [.. Enumerable.Range(0, 100).Select(_ => test.Cache.GetAsync(42, Cancelled).AsTask())];
            Assert.All(readers, static reader => Assert.False(reader.IsCompleted));
        }

        Assert.All(await Task.WhenAll(readers), static read => Assert.Equal("Alice", read.Value));
        Assert.Equal([42], Assert.Single(store.Queries));

        for (var i = 0; i < 100; i++)
        {
            await test.Cache.SetAsync(42, $"Alice {i}", cancellationToken: Cancelled);
        }

        Assert.Empty(store.Batches);
        await test.AssertStoredAsync(42, "Alice 99", Cancelled);
        Assert.Equal([42], Assert.Single(store.Batches));
        Assert.Equal((await test.Cache.GetAsync(42, Cancelled)).Version, store.VersionOf(42));
    }

    [Fact]
    public async Task A_key_is_asked_for_and_stored_once_at_a_time()
    {
        var store = new FakeStore<int, string>();
        var write = new StoreWrite<int, string>
        {
            Key = 1,
            Value = "v",
            Version = 1,
        };

        await Assert.ThrowsAsync<ArgumentException>(async () => await store.LoadAsync([1, 2, 1], Cancelled));
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.SaveAsync([write, write with { Version = 2 }], Cancelled));
        Assert.Empty(store.Values);
    }

    [Fact]
    public async Task Nothing_expires_until_the_test_moves_the_clock()
    {
        var store = new FakeStore<int, string>();
        store.Put(1, "old");
        await using var test = await TestCache.StartAsync(
            store,
            static cache => (cache.Options.Ttl.Base, cache.Options.Ttl.Jitter) = (TimeSpan.FromMinutes(1), 0),
            Cancelled
        );
        await test.Cache.GetAsync(1, Cancelled);
        store.Put(1, "new", version: 2);
        Assert.Equal("old", (await test.Cache.GetAsync(1, Cancelled)).Value);

        test.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("new", (await test.Cache.GetAsync(1, Cancelled)).Value);
        Assert.Equal(2, store.Queries.Count);
    }

    [Fact]
    public async Task What_is_not_stored_is_told_with_the_reason()
    {
        await using var test = await TestCache.StartAsync<int, string>(cancellationToken: Cancelled);
        test.Store.FailSaves(new StoreException("the database is away", isTransient: true));
        await test.Cache.SetAsync(1, "one", cancellationToken: Cancelled);

        var error = await Assert.ThrowsAsync<RemansoAssertionException>(() => test.AssertStoredAsync(1, "one", Cancelled));
        Assert.Equal("The store has no value of the key 1, and should hold one. Not stored: 1: the database is away.", error.Message);

        test.Store.FailSaves(null);
        await test.AssertStoredAsync(1, "one", Cancelled);
        error = await Assert.ThrowsAsync<RemansoAssertionException>(() => test.AssertStoredAsync(1, "two", Cancelled));
        Assert.Equal("The store holds one for the key 1, and should hold two.", error.Message);

        await test.Cache.RemoveAsync(1, cancellationToken: Cancelled);
        await test.AssertNotStoredAsync(1, Cancelled);
        await test.Cache.SetAsync(1, "three", cancellationToken: Cancelled);
        error = await Assert.ThrowsAsync<RemansoAssertionException>(() => test.AssertNotStoredAsync(1, Cancelled));
        Assert.Equal("The store holds three for the key 1, and should hold nothing.", error.Message);
    }

    [Fact]
    public async Task A_refused_value_becomes_a_dead_letter_and_the_others_are_stored()
    {
        await using var test = await TestCache.StartAsync<int, string>(cancellationToken: Cancelled);
        test.Store.Refuse(2, "too long");
        for (var i = 1; i <= 3; i++)
        {
            await test.Cache.SetAsync(i, "v", cancellationToken: Cancelled);
        }

        await test.FlushAsync(Cancelled);

        Assert.Equal([1, 3], test.Store.Values.Keys.Order());
        Assert.Contains(
            "too long",
            Assert.Single(await test.Cache.Operations.GetDeadLettersAsync(10, cancellationToken: Cancelled)).Error,
            StringComparison.Ordinal
        );
        test.Store.Refuse(2, null);
        await test.Cache.Operations.ReplayDeadLettersAsync([2], Cancelled);
        await test.AssertStoredAsync(2, "v", Cancelled);
    }

    [Fact]
    public async Task A_load_that_fails_is_the_readers_error_and_no_row_of_others_is_overwritten()
    {
        await using var test = await TestCache.StartAsync<int, string>(cancellationToken: Cancelled);
        test.Store.FailLoads(new StoreException("away", isTransient: true));
        await Assert.ThrowsAsync<StoreException>(() => test.Cache.GetAsync(1, Cancelled).AsTask());
        test.Store.FailLoads(null);
        test.Store.Put(1, "theirs", version: long.MaxValue >> 11);
        await test.Cache.SetAsync(1, "ours", cancellationToken: Cancelled);

        await test.AssertStoredAsync(1, "theirs", Cancelled);
        Assert.Equal("theirs", (await test.Cache.GetAsync(1, Cancelled)).Value);
    }

    [Fact]
    public async Task A_database_that_stays_away_does_not_hold_up_the_end_of_a_test()
    {
        var test = await TestCache.StartAsync<int, string>(cancellationToken: Cancelled);
        test.Store.FailSaves(new StoreException("away", isTransient: true));
        await test.Cache.SetAsync(1, "one", cancellationToken: Cancelled);

        await test.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, Cancelled);

        Assert.Empty(test.Store.Values);
    }

    [Fact]
    public async Task Of_two_holds_each_holds_until_its_own_end()
    {
        var store = new FakeStore<int, string>();
        var first = (Loads: store.HoldLoads(), Saves: store.HoldSaves());
        var second = (Loads: store.HoldLoads(), Saves: store.HoldSaves());
        StoreWrite<int, string> write = new()
        {
            Key = 1,
            Value = "one",
            Version = 7,
        };

        first.Loads.Dispose();
        first.Saves.Dispose();
        first.Saves.Dispose();
        var load = store.LoadAsync([1], Cancelled).AsTask();
        var save = store.SaveAsync([write], Cancelled).AsTask();
        await Task.Yield();
        Assert.False(load.IsCompleted);
        Assert.Empty(store.Batches);

        second.Loads.Dispose();
        second.Saves.Dispose();
        Assert.Empty(await load);
        Assert.Equal(SaveOutcomeKind.Applied, Assert.Single(await save).Kind);
        Assert.True(store.LoadAsync([1], Cancelled).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_held_batch_waits_and_a_write_meanwhile_stays_dirty()
    {
        await using var test = await TestCache.StartAsync<int, string>(cancellationToken: Cancelled);
        await test.Cache.SetAsync(1, "one", cancellationToken: Cancelled);
        Task<FlushReport> flush;
        using (test.Store.HoldSaves())
        {
            flush = test.FlushAsync(Cancelled).AsTask();
            await test.Cache.SetAsync(1, "two", cancellationToken: Cancelled);
            Assert.Empty(test.Store.Values);
        }

        await flush;
        await test.AssertStoredAsync(1, "two", Cancelled);
    }
}
