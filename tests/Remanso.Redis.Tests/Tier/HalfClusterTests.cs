using Remanso.Conformance.Support;
using Remanso.Redis.Resp;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>A master of a cluster hangs, its replica too: what lies on the others goes on to the store.</summary>
public sealed class HalfClusterTests : IAsyncLifetime
{
    private const int Partitions = 16;

    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(6);

    private readonly RedisCluster _cluster = new();
    private readonly ScriptedStore _store = new();
    private readonly string _name = TierServer.NewCache();

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keys_on_the_other_masters_reach_the_store(bool hasWorkers)
    {
        var (hanging, replica) = await HangingAsync(hasWorkers);
        var (away, well) = await KeysAsync(hanging);
        await using var process = await CacheProcess.DeclareAsync(RedisOptions.Parse(_cluster.Address), _name, _store, static it =>
        {
            it.Options.Tier.Partitions = Partitions;
            it.Options.Flush.Interval = TimeSpan.FromMilliseconds(20);
        });
        foreach (var key in (string[])[.. away, .. well])
        {
            await process.Cache.SetAsync(key, "before");
        }

        await Until.TrueAsync(() => _store.Rows.Count == away.Length + well.Length, "all is stored");
        replica.Freeze();
        hanging.Freeze();

        // For longer than a lease lasts: those of the others are renewed meanwhile.
        var began = TimeProvider.System.GetTimestamp();
        for (var round = 0; TimeProvider.System.GetElapsedTime(began) < 2 * _lease; round++)
        {
            foreach (var key in well)
            {
                await process.Cache.SetAsync(key, $"{round}");
            }

            await Until.TrueAsync(() => Array.TrueForAll(well, key => _store.Text(key) == $"{round}"), $"round {round} is stored");
        }

        await Until.TrueAsync(() => process.Problem is not null, "the process tells that partitions are left out");
        hanging.Thaw();
        replica.Thaw();
        await Until.TrueAsync(() => process.Problem is null, "all is well again");
        // Which of the two is master now may still be decided.
        await Until.TrueAsync(() => TryWriteAsync(process, away[0]), "the others are written again");
        await Until.TrueAsync(() => _store.Text(away[0]) == "after", "the others are flushed again");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stop_stores_what_lies_on_the_other_masters_and_gives_their_partitions_back(bool hasWorkers)
    {
        var (hanging, replica) = await HangingAsync(hasWorkers);
        var (_, well) = await KeysAsync(hanging);
        await using var process = await CacheProcess.DeclareAsync(RedisOptions.Parse(_cluster.Address), _name, _store, static it =>
        {
            it.Options.Tier.Partitions = Partitions;
            it.Options.Flush.Interval = TimeSpan.FromMinutes(5);
            it.Options.Flush.Lease = TimeSpan.FromMinutes(5);
        });
        var leases = await NamesAsync(well, "own");
        await Until.TrueAsync(() => AreThereAsync(leases, true), "the partitions are held");
        replica.Freeze();
        hanging.Freeze();
        foreach (var key in well)
        {
            await process.Cache.SetAsync(key, "accepted");
        }

        await process.StopAsync();

        Assert.All(well, key => Assert.Equal("accepted", _store.Text(key)));
        Assert.True(await AreThereAsync(leases, false));

        hanging.Thaw();
        replica.Thaw();
    }

    [Fact]
    public async Task Leases_on_the_other_masters_are_given_back_and_those_that_cannot_be_run_out()
    {
        var (hanging, replica) = await HangingAsync(hasWorkers: false);
        var (_, well) = await KeysAsync(hanging);
        await using var provider = new RedisTierProvider(RedisOptions.Parse(_cluster.Address));
        await using var tier = provider.Create(_name, new TierOptions { Partitions = Partitions });
        await tier.InitializeAsync(CancellationToken.None);
        int[] all = [.. Enumerable.Range(0, Partitions)];
        var leases = await tier.AcquirePartitionsAsync("one", all, TimeSpan.FromMinutes(5), CancellationToken.None);
        Assert.Equal(Partitions, leases.Count);
        replica.Freeze();
        hanging.Freeze();

        await tier.ReleasePartitionsAsync(leases, CancellationToken.None);

        var taken = await tier.AcquirePartitionsAsync("other", all, TimeSpan.FromMinutes(5), CancellationToken.None);
        Assert.Equal(
            well.Select(static key => Partition.Of(key, Partitions)).Order(),
            taken.Select(static lease => lease.Partition).Order()
        );
        hanging.Thaw();
        replica.Thaw();
    }

    [Fact]
    public async Task A_partition_that_lost_its_data_is_agreed_on_anew_while_another_master_hangs()
    {
        var (hanging, replica) = await HangingAsync(hasWorkers: false);
        var (_, well) = await KeysAsync(hanging);
        await using var process = await CacheProcess.DeclareAsync(RedisOptions.Parse(_cluster.Address), _name, _store, static it =>
        {
            it.Options.Tier.Partitions = Partitions;
            it.Options.Flush.Interval = TimeSpan.FromMilliseconds(20);
        });
        foreach (var key in well)
        {
            await process.Cache.SetAsync(key, "before");
        }

        await Until.TrueAsync(() => _store.Rows.Count == well.Length, "all is stored");
        var states = await NamesAsync(well, "s");
        replica.Freeze();
        hanging.Freeze();
        foreach (var (master, state) in states)
        {
            await master.CliAsync("DEL", state);
        }

        foreach (var key in well)
        {
            await Until.TrueAsync(() => TryWriteAsync(process, key), "it is written");
        }

        await Until.TrueAsync(() => Array.TrueForAll(well, key => _store.Text(key) == "after"), "it is flushed");
        hanging.Thaw();
        replica.Thaw();
    }

    [Fact]
    public async Task Of_a_batch_what_is_on_the_other_masters_is_written_and_read()
    {
        var (hanging, replica) = await HangingAsync(hasWorkers: false);
        var (away, well) = await KeysAsync(hanging);
        string[] all = [.. away, .. well];
        await using var process = await CacheProcess.DeclareAsync(RedisOptions.Parse(_cluster.Address), _name, _store, static it =>
        {
            it.Options.Tier.Partitions = Partitions;
            it.Options.Flush.Interval = TimeSpan.FromHours(1);
        });
        Assert.All(await WriteAsync("before"), static outcome => Assert.Null(outcome.Error));
        replica.Freeze();
        hanging.Freeze();

        // The first batch finds out, and the second knows.
        foreach (var value in (string[])["first", "second"])
        {
            var outcomes = await WriteAsync(value);
            var read = await process.Cache.GetManyAsync(all);

            for (var i = 0; i < all.Length; i++)
            {
                if (away.Contains(all[i]))
                {
                    Assert.IsType<TierUnavailableException>(outcomes[i].Error);
                }
                else
                {
                    Assert.Null(outcomes[i].Error);
                    Assert.NotEqual(0, outcomes[i].Receipt.Version);
                    Assert.Equal((value, ReadSource.Tier), (read[all[i]].Value, read[all[i]].Source));
                }
            }
        }

        hanging.Thaw();
        replica.Thaw();

        async Task<IReadOnlyList<WriteOutcome>> WriteAsync(string value) =>
            await process.Cache.SetManyAsync([.. all.Select(key => KeyValuePair.Create(key, value))]);
    }

    [Fact]
    public async Task What_is_dirty_on_the_other_masters_is_told_and_how_old_the_rest_is()
    {
        var (hanging, replica) = await HangingAsync(hasWorkers: false);
        var (away, well) = await KeysAsync(hanging);
        await using var process = await CacheProcess.DeclareAsync(RedisOptions.Parse(_cluster.Address), _name, _store, static it =>
        {
            it.Options.Tier.Partitions = Partitions;
            it.Options.Flush.Interval = TimeSpan.FromHours(1);
        });
        await process.Cache.SetAsync(away[0], "before");
        var before = await process.LastStatisticsAsync();
        Assert.Equal((1, null), (before.Dirty.Entries, before.DirtyAsOf));

        replica.Freeze();
        hanging.Freeze();
        await Until.TrueAsync(async () => (await process.LastStatisticsAsync()).IsTierAway, "a part is away");
        var known = (await process.LastStatisticsAsync()).DirtyAsOf;
        Assert.NotNull(known);
        foreach (var key in well)
        {
            await Until.TrueAsync(() => TryWriteAsync(process, key), "it is written");
        }

        await Until.TrueAsync(
            async () => (await process.LastStatisticsAsync()).Dirty.Entries == 1 + well.Length,
            "what is dirty on the others is told"
        );
        Assert.Equal(known, (await process.LastStatisticsAsync()).DirtyAsOf);
        hanging.Thaw();
        replica.Thaw();
    }

    /// <summary>The one that is to hang, and its replica.</summary>
    /// <param name="hasWorkers">Whether it is where the beats of the workers are, or another one.</param>
    private async Task<(RedisProcess Master, RedisProcess Replica)> HangingAsync(bool hasWorkers)
    {
        var workers = HashSlot.Of($"rm:{{{_name}}}:workers");
        var hanging = await _cluster.MasterOfAsync(hasWorkers ? workers : (workers + (HashSlot.Count / 2)) % HashSlot.Count);
        foreach (var server in _cluster.Servers)
        {
            await server.CliAsync("CONFIG", "SET", "cluster-require-full-coverage", "no");
        }

        var replica = await _cluster.ReplicaOfAsync(hanging);
        // A failure names the server that did not answer: whether it is one of these says whose fault it is.
        TestContext.Current.TestOutputHelper?.WriteLine($"{hanging.Port} hangs, and its replica {replica.Port}.");
        return (hanging, replica);
    }

    private static async Task<bool> TryWriteAsync(CacheProcess process, string key)
    {
        try
        {
            await process.Cache.SetAsync(key, "after");
            return true;
        }
        catch (TierUnavailableException)
        {
            return false;
        }
    }

    /// <summary>Names of the keys' partitions, and where they are.</summary>
    private async Task<List<(RedisProcess Master, string Name)>> NamesAsync(string[] keys, string kind)
    {
        var names = new List<(RedisProcess Master, string Name)>();
        foreach (var key in keys)
        {
            var name = $"rm:{{{_name}:{Partition.Of(key, Partitions)}}}:{kind}";
            names.Add((await _cluster.MasterOfAsync(HashSlot.Of(name)), name));
        }

        return names;
    }

    private static async Task<bool> AreThereAsync(List<(RedisProcess Master, string Name)> names, bool expected)
    {
        foreach (var (master, name) in names)
        {
            if (await master.CliAsync("EXISTS", name) != (expected ? "1" : "0"))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A key of each partition: of those on a master, and of the others.</summary>
    private async Task<(string[] There, string[] Elsewhere)> KeysAsync(RedisProcess master)
    {
        var (there, elsewhere) = (new List<string>(), new List<string>());
        for (var partition = 0; partition < Partitions; partition++)
        {
            var key = Enumerable
                .Range(0, int.MaxValue)
                .Select(static i => $"key:{i}")
                .First(key => Partition.Of(key, Partitions) == partition);
            var isThere = await _cluster.MasterOfAsync(HashSlot.Of($"rm:{{{_name}:{partition}}}:s")) == master;
            (isThere ? there : elsewhere).Add(key);
        }

        return ([.. there], [.. elsewhere]);
    }
}
