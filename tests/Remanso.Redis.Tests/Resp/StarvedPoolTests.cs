using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Alone: the pool of the whole process is held to a few threads, all of which wait.</summary>
[CollectionDefinition(nameof(StarvedPoolTests), DisableParallelization = true)]
[Collection(nameof(StarvedPoolTests))]
public sealed class StarvedPoolTests(RedisServer server) : IClassFixture<RedisServer>
{
    private const int Threads = 6;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_burst_of_blocking_callers_needs_no_thread_for_each()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        await client.DoAsync("SET", "starved:k", "v");
        using var pool = new SmallPool(Threads);
        var calls = new Task<string?>[10 * Threads];
        for (var i = 0; i < calls.Length; i++)
        {
            calls[i] = Task.Run(() => Blocked(client, "GET", "starved:k"), TestContext.Current.CancellationToken);
        }

        Assert.All(await Task.WhenAll(calls).WaitAsync(_patience, TestContext.Current.CancellationToken), static value =>
            Assert.Equal("v", value)
        );
    }

    [Fact]
    public async Task A_time_out_comes_while_the_pool_has_no_thread()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress, static options =>
            options.Timings.CommandTimeout = TimeSpan.FromSeconds(1)
        );
        var outcome = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (new SmallPool(Threads))
        {
            // Not disposed of: who still waits in the queue of the pool when this test ends finds it open, and a thread
            // that threw would be missing in the pool from then on.
            var gate = new ManualResetEventSlim();
            for (var i = 0; i < 2 * Threads; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static gate => gate.Wait(_patience), gate, preferLocal: false);
            }

            // On a thread of its own: the pool has none for it.
            var caller = new Thread(() =>
            {
                outcome.SetResult(Record.Exception(() => Blocked(client, "BLPOP", "starved:nothing", 0)));
                gate.Set();
            });
            caller.Start();
            Assert.True(caller.Join(_patience / 2), "The command did not time out.");
        }

        Assert.IsType<RedisTimeoutException>(await outcome.Task);
    }

    [Fact]
    public async Task A_fill_lease_outlasts_a_pool_without_a_thread()
    {
        var store = new ScriptedStore();
        store.Put("k", "v", 42);
        var load = new Gate();
        store.OnLoad = (_, cancellation) => load.PassAsync(cancellation);
        var cache = TierServer.NewCache();
        await using var process = await CacheProcess.StartAsync(server.Address, cache, store);
        await using var bed = new TierBed(server.Address, cache);
        var other = await bed.StartAsync(static options =>
            (options.StoreIdentity, options.Partitions) = ("scripted", new TierOptions().Partitions)
        );
        var reading = process.Cache.GetAsync("k", cancellationToken: TestContext.Current.CancellationToken).AsTask();
        await load.ArrivedAsync();
        using (new SmallPool(Threads))
        {
            var gate = new ManualResetEventSlim();
            for (var i = 0; i < 2 * Threads; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static gate => gate.Wait(_patience), gate, preferLocal: false);
            }

            // Longer than the lease.
            gate.Wait(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
            gate.Set();
        }

        Assert.Equal(0, (await other.ReadAsync("k", TierSteps.Holder, TestContext.Current.CancellationToken)).Lease);
        load.Open();
        Assert.Equal("v", (await reading).Value);
        Assert.Single(store.Loads);
    }

    private static string? Blocked(RedisClient client, params ReadOnlySpan<RespArg> command) =>
        client.TextAsync(command).AsTask().GetAwaiter().GetResult();

    private sealed class SmallPool : IDisposable
    {
        private readonly int _workers;
        private readonly int _ports;

        public SmallPool(int workers)
        {
            ThreadPool.GetMaxThreads(out _workers, out _ports);
            Assert.True(ThreadPool.SetMaxThreads(workers, _ports));
        }

        public void Dispose() => ThreadPool.SetMaxThreads(_workers, _ports);
    }
}
