using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>The whole engine, several times over, on one Redis and one store.</summary>
public sealed class CacheOnRedisTests(TierServer server) : IAsyncDisposable
{
    private const int Processes = 5;

    private readonly string _name = TierServer.NewCache();
    private readonly ScriptedStore _store = new();
    private readonly List<CacheProcess> _processes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_thousand_readers_in_five_processes_cost_one_query()
    {
        _store.Put("k", "v", 42);
        var gate = new Gate();
        _store.OnLoad = (_, cancellation) => gate.PassAsync(cancellation);
        await StartAsync();
        var reads = _processes.SelectMany(process => Enumerable.Range(0, 200).Select(_ => process.Cache.GetAsync("k").AsTask())).ToArray();
        await gate.ArrivedAsync();
        gate.Open();
        Assert.All(await Task.WhenAll(reads), static read => Assert.Equal("v", read.Value));
        Assert.Single(_store.Loads);
    }

    [Fact]
    public async Task What_any_process_writes_all_read_and_the_store_gets_once()
    {
        await StartAsync();
        for (var i = 0; i < 50; i++)
        {
            await _processes[i % Processes].Cache.SetAsync("hot", $"{i}");
        }

        foreach (var process in _processes)
        {
            Assert.Equal("49", (await process.Cache.GetAsync("hot")).Value);
        }

        await Until.TrueAsync(() => _store.Text("hot") == "49", "the store has the last write");
        Assert.True(_store.Saves.Count < 50);
        await Until.TrueAsync(
            async () => (await _processes[0].Cache.Operations.GetStatisticsAsync()).Dirty.Entries == 0,
            "nothing is dirty"
        );
        Assert.Empty(_store.Loads);
    }

    [Fact]
    public async Task A_write_that_waits_for_the_store_returns_when_any_worker_has_stored_it()
    {
        // Longer than any write waits: none of them is stored because its time has come.
        await StartAsync(static options => options.Flush.Interval = TimeSpan.FromMinutes(10));
        for (var i = 0; i < 20; i++)
        {
            var receipt = await _processes[i % Processes]
                .Cache.SetAsync($"key:{i}", "v", new WriteOptions { Durability = Durability.Stored });
            Assert.Equal(Durability.Stored, receipt.Durability);
            Assert.Equal("v", _store.Text($"key:{i}"));
        }
    }

    // Nobody else's pass comes within these ten minutes, and most of the keys are in partitions that another one holds.
    [Fact]
    public async Task Who_waits_for_an_earlier_write_is_heard_by_the_worker_that_holds_it()
    {
        await StartAsync(static options => options.Flush.Interval = TimeSpan.FromMinutes(10));
        await SharedAsync();
        var receipts = new List<WriteReceipt>();
        for (var i = 0; i < 20; i++)
        {
            receipts.Add(await _processes[1].Cache.SetAsync($"key:{i}", "v"));
        }

        for (var i = 0; i < 20; i++)
        {
            var stored = await _processes[2].Cache.WaitAsync($"key:{i}", receipts[i], Durability.Stored);
            Assert.Equal(Durability.Stored, stored.Durability);
        }
    }

    [Fact]
    public async Task A_flush_by_hand_is_heard_by_the_workers_that_hold_the_rest()
    {
        await StartAsync(static options => options.Flush.Interval = TimeSpan.FromMinutes(10));
        await SharedAsync();
        for (var i = 0; i < 20; i++)
        {
            await _processes[1].Cache.SetAsync($"key:{i}", "v");
        }

        var report = await _processes[2].Cache.Operations.FlushAsync();

        Assert.Equal(0, report.Left);
        Assert.Equal(20, _store.Rows.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_flush_by_hand_that_can_not_store_a_key_still_waits_for_the_other_workers(bool staysDirty)
    {
        await StartAsync(options =>
            (options.Flush.Interval, options.Flush.MaxDeadLetters) = (TimeSpan.FromMinutes(10), staysDirty ? 1 : 100)
        );
        await SharedAsync();
        var mine = _processes[2].Partitions;
        string[] own = [.. Enumerable.Range(0, 1000).Select(static n => $"own:{n}").Where(IsMine).Take(3)];
        _store.BeforeSave = batch =>
            batch.Any(write => write.Key == own[0] || write.Key == own[1])
                ? throw new StoreException("too long", isTransient: false) { BlamesRow = true }
                : Task.CompletedTask;
        foreach (var key in (string[])[.. own, .. Enumerable.Range(0, 20).Select(static n => $"key:{n}")])
        {
            await _processes[1].Cache.SetAsync(key, "v");
        }

        var report = await _processes[2].Cache.Operations.FlushAsync();

        Assert.Equal(own[..2].Order(StringComparer.Ordinal), report.Failed.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(0, report.Left);
        Assert.Equal(21, _store.Rows.Count);
        _store.BeforeSave = static _ => Task.CompletedTask;

        bool IsMine(string key) => mine.Contains(Partition.Of(key, 64));
    }

    // A worker that is gone holds every partition for a while: the wish that goes with the write finds nobody.
    [Fact]
    public async Task A_write_that_waits_while_a_partition_changes_hands_is_stored()
    {
        await using var provider = new RedisTierProvider(RedisOptions.Parse(server.Address));
        await using var tier = provider.Create(_name, new TierOptions { StoreIdentity = "scripted" });
        await tier.InitializeAsync(CancellationToken.None);
        await tier.AcquirePartitionsAsync(
            "gone",
            [.. Enumerable.Range(0, tier.Partitions)],
            TimeSpan.FromSeconds(3),
            CancellationToken.None
        );
        await StartAsync(static options => options.Flush.Interval = TimeSpan.FromMinutes(10));

        await _processes[0].Cache.SetAsync("accepted", "v");
        var receipt = await _processes[0].Cache.SetAsync("waited for", "v", new WriteOptions { Durability = Durability.Stored });

        Assert.Equal((Durability.Stored, "v"), (receipt.Durability, _store.Text("waited for")));
        await Until.TrueAsync(() => _store.Text("accepted") == "v", "who takes a partition over looks into it");
    }

    [Fact]
    public async Task A_flush_by_hand_asks_the_others_while_its_own_partitions_are_busy()
    {
        await StartAsync(static options =>
        {
            options.Flush.Interval = TimeSpan.FromMinutes(10);
            // Nobody is to flush because a batch is full.
            options.Flush.BatchSize = 100_000;
            options.Flush.StoredTimeout = TimeSpan.FromSeconds(5);
        });
        await SharedAsync();
        for (var i = 0; i < 20; i++)
        {
            await _processes[1].Cache.SetAsync($"key:{i}", "v");
        }

        var saves = 0;
        // Some of these are in its own partitions: none of its passes is in vain.
        _store.BeforeSave = async _ =>
        {
            var save = Interlocked.Increment(ref saves);
            for (var i = 0; i < 40; i++)
            {
                await _processes[2].Cache.SetAsync($"busy:{save}:{i}", "v");
            }
        };
        var report = await _processes[2].Cache.Operations.FlushAsync();
        _store.BeforeSave = static _ => Task.CompletedTask;

        Assert.Equal(0, report.Left);
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal("v", _store.Text($"key:{i}")));
    }

    [Fact]
    public async Task Increments_of_all_processes_add_up_through_flushes_and_evictions()
    {
        _store.Put("k", "10", 42);
        await StartAsync();
        for (var round = 0; round < 2; round++)
        {
            await Task.WhenAll(
                _processes.SelectMany(process => Enumerable.Range(0, 500).Select(_ => process.Cache.IncrementAsync("k").AsTask()))
            );
            await _processes[0].Cache.Operations.FlushAsync();
            await _processes[0].Cache.InvalidateAsync(["k"]);
        }

        var last = await _processes[1].Cache.IncrementAsync("k", 1, new WriteOptions { Durability = Durability.Stored });
        Assert.Equal((5011L, "5011"), (last.Value, _store.Text("k")));
    }

    [Fact]
    public async Task Merges_of_all_processes_take_effect_through_flushes_and_evictions()
    {
        _store.Put("list", "[0]", 42);
        await StartAsync();
        for (var round = 0; round < 2; round++)
        {
            await Task.WhenAll(
                _processes.SelectMany(
                    (process, index) =>
                        Enumerable
                            .Range(0, 100)
                            .SelectMany(number =>
                                new[]
                                {
                                    process.Cache.AppendAsync("list", $"{(((round * 10) + index) * 1000) + number}").AsTask(),
                                    process.Cache.PatchAsync("object", $$"""{"k{{round}}-{{index}}-{{number}}":1}""").AsTask(),
                                }
                            )
                )
            );
            await _processes[0].Cache.Operations.FlushAsync();
            await _processes[0].Cache.InvalidateAsync(["list", "object"]);
        }

        var stored = new WriteOptions { Durability = Durability.Stored };
        await _processes[1].Cache.AppendAsync("list", "1", cap: 5000, stored);
        await _processes[1].Cache.PatchAsync("object", """{"last":1}""", stored);
        Assert.Equal((2 * _processes.Count * 100) + 2, _store.Text("list")!.Split(',').Length);
        Assert.Equal((2 * _processes.Count * 100) + 1, _store.Text("object")!.Split(',').Length);
    }

    [Fact]
    public async Task A_process_that_stops_leaves_its_partitions_to_the_others()
    {
        // They need not wait until its leases are over, or what it said of its life.
        await StartAsync(static options => options.Flush.Lease = TimeSpan.FromMinutes(10));
        for (var i = 0; i < 200; i++)
        {
            await _processes[0].Cache.SetAsync($"key:{i}", $"{i}");
        }

        await _processes[0].StopAsync();
        for (var i = 200; i < 400; i++)
        {
            await _processes[1].Cache.SetAsync($"key:{i}", $"{i}");
        }

        await _processes[1].Cache.SetAsync("key:399", "last", new WriteOptions { Durability = Durability.Stored });
        await Until.TrueAsync(() => _store.Rows.Count == 400, "the others have flushed all");
    }

    /// <summary>Waits until each has its share of the partitions: who takes one over looks into it, whatever is wanted.</summary>
    private Task SharedAsync()
    {
        const int Partitions = 64;
        string[] ask = ["MGET", .. Enumerable.Range(0, Partitions).Select(partition => $"rm:{{{_name}:{partition}}}:own")];
        return Until.TrueAsync(
            async () =>
            {
                var owners = (await server.Process.CliAsync(ask))
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Where(static line => line.Contains('|', StringComparison.Ordinal))
                    .GroupBy(static line => line.Split(' ')[1].Split('|')[0])
                    .ToArray();
                return owners.Length == Processes && owners.All(static owner => owner.Count() >= Partitions / Processes);
            },
            "each has its share"
        );
    }

    private async Task StartAsync(Action<CacheOptions>? configure = null)
    {
        for (var i = 0; i < Processes; i++)
        {
            _processes.Add(await CacheProcess.StartAsync(server.Address, _name, _store, configure));
        }
    }
}
