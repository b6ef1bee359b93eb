using System.Collections.Concurrent;
using System.Diagnostics;
using System.Transactions;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Support;
using Remanso.Hosting;
using Remanso.Stores;
using Remanso.Testing;
using Xunit;

namespace Remanso.Tests.Hosting;

/// <summary>A store, and a cache's own loader, take no part in a transaction of the caller's, whatever they are.</summary>
public sealed class ApartStoreTests
{
    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loads_and_writes_past_the_tier_leave_the_callers_transaction()
    {
        var store = new WatchedStore();
        await using var caches = await CreateAsync(store, static options =>
            (options.Tier.MaxDirtyEntries, options.Tier.WhenFull, options.Flush.Interval) = (
                1,
                WhenFull.WriteThrough,
                TimeSpan.FromHours(1)
            )
        );
        var cache = caches.Get<string, string>("test");
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            Assert.False((await cache.GetAsync("a", _token)).Found);
            Assert.Equal(Durability.Accepted, (await cache.SetAsync("a", "1", cancellationToken: _token)).Durability);
            Assert.Equal(Durability.Stored, (await cache.SetAsync("b", "2", cancellationToken: _token)).Durability);
            Assert.NotNull(Transaction.Current);
        }

        Assert.Superset(new HashSet<string> { "load", "save" }, store.Calls.Select(static call => call.What).ToHashSet());
        Assert.All(store.Calls, static call => Assert.False(call.IsInTransaction, call.What));
    }

    [Fact]
    public async Task A_flush_by_hand_leaves_the_callers_transaction()
    {
        var store = new WatchedStore();
        await using var caches = await CreateAsync(store, static options => options.Flush.Interval = TimeSpan.FromHours(1));
        var cache = caches.Get<string, string>("test");
        await cache.SetAsync("strangers", "1", cancellationToken: _token);
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            Assert.Equal(1, (await cache.Operations.FlushAsync(_token)).Stored);
            Assert.NotNull(Transaction.Current);
        }

        Assert.Equal(("save", false), Assert.Single(store.Calls));
    }

    [Fact]
    public async Task A_stop_inside_a_transaction_stores_apart_from_it()
    {
        var store = new WatchedStore();
        await using var caches = await CreateAsync(store, static options => options.Flush.Interval = TimeSpan.FromHours(1));
        await caches.Get<string, string>("test").SetAsync("a", "1", cancellationToken: _token);
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await caches.StopAsync();
        }

        Assert.Equal(("save", false), Assert.Single(store.Calls));
    }

    [Fact]
    public async Task A_strangers_key_that_waited_for_a_place_is_not_loaded_in_the_transaction_of_the_one_before()
    {
        var gate = new Gate();
        var store = new WatchedStore { OnLoad = gate.PassAsync };
        await using var caches = await CreateAsync(store, static options => options.Load.MaxConcurrent = 1);
        var cache = caches.Get<string, string>("test");
        Task first;
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            first = cache.GetAsync("first", _token).AsTask();
            await gate.ArrivedAsync();
        }

        var stranger = cache.GetAsync("stranger", _token).AsTask();
        gate.Open();
        await Task.WhenAll(first, stranger);

        Assert.Equal([("load", false), ("load", false)], store.Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_caches_own_loader_leaves_the_callers_transaction_and_not_his_activity(bool isCompleted)
    {
        using var activity = new Activity("caller").Start();
        var seen = new ConcurrentQueue<(bool IsApart, bool IsTraced)>();
        await using var caches = await RemansoCaches.CreateAsync(
            remanso => remanso.AddCache<string, string>("test", cache => cache.UseLoader(
                        async (_, context, _) =>
                        {
                            seen.Enqueue((!Apart.IsNeeded, Activity.Current == activity));
                            await Task.Yield();
                            return context.Key + "!";
                        }
                    )),
            _token
        );
        using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            if (isCompleted)
            {
                scope.Complete();
            }

            Assert.Equal("a!", (await caches.Get<string, string>("test").GetAsync("a", _token)).Value);
        }

        Assert.Equal((true, true), Assert.Single(seen));
    }

    [Fact]
    public async Task A_loader_that_asks_for_its_own_key_is_told_so_inside_a_transaction_as_well()
    {
        ICache<string, string>? cache = null;
        await using var caches = await RemansoCaches.CreateAsync(
            remanso =>
                remanso.AddCache<string, string>("test", known =>
                    known.UseLoader(async (_, context, token) => (await cache!.GetAsync(context.Key, token)).Value)
                ),
            _token
        );
        cache = caches.Get<string, string>("test");
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await Assert.ThrowsAsync<RecursiveLoadException>(async () => await cache.GetAsync("a", _token));
        }
    }

    [Fact]
    public async Task Without_a_transaction_nothing_is_allocated_for_it()
    {
        var store = new ApartStore(new EmptyStore());
        for (var i = 0; i < 100; i++)
        {
            await AskAsync();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var asked = AskAsync();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        await asked;

        ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> AskAsync()
        {
            _ = store.SaveAsync([], CancellationToken.None).Result;
            return store.LoadAsync([], CancellationToken.None);
        }
    }

    private Task<RemansoCaches> CreateAsync(WatchedStore store, Action<CacheOptions> configure) =>
        RemansoCaches.CreateAsync(remanso => remanso.AddCache<string, string>("test", cache =>
                {
                    cache.Store = _ => store;
                    configure(cache.Options);
                }), _token);

    /// <summary>Writes down what it is asked inside a transaction, as a driver would join it.</summary>
    private sealed class WatchedStore : IBackingStore<string, string>
    {
        private readonly FakeStore<string, string> _rows = new();

        public ConcurrentQueue<(string What, bool IsInTransaction)> Calls { get; } = new();

        public Func<CancellationToken, Task> OnLoad { get; init; } = static _ => Task.CompletedTask;

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask<IReadOnlyList<StoreRow<string, string>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        )
        {
            Calls.Enqueue(("load", Apart.IsNeeded));
            await OnLoad(cancellationToken);
            return await _rows.LoadAsync(keys, cancellationToken);
        }

        public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, string>> batch,
            CancellationToken cancellationToken
        )
        {
            Calls.Enqueue(("save", Apart.IsNeeded));
            return _rows.SaveAsync(batch, cancellationToken);
        }
    }

    private sealed class EmptyStore : IBackingStore<string, ReadOnlyMemory<byte>>
    {
        public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        ) => new([]);

        public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
            CancellationToken cancellationToken
        ) => new([]);
    }
}
