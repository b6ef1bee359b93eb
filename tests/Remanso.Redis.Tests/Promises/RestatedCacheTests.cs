using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A change of the mode beside processes of the old one that run, and stand still at any of their steps.</summary>
public sealed class RestatedCacheTests : OwnServerTests
{
    private const string Takes = "-- Gives a turn";
    private const string Puts = "-- Puts in force";
    private const string States = "-- States the terms of a partition";
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(Takes)]
    [InlineData(Puts)]
    public async Task Who_stands_still_before_it_takes_its_partitions_back_gets_none_of_them(string where)
    {
        var third = await Bed.StartAsync();
        var (before, after, started, write, goOn) = await ChangeBesideAsync(where);
        await started;
        goOn.SetResult();

        await Assert.ThrowsAsync<TierUnavailableException>(() => write);
        // Nor does another of the old mode that has not heard of the change.
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await third.TryWriteAsync(TierBed.Write("k", "v")));
        Assert.Equal(0, (await after.DirtyAsync()).Entries);
        Assert.Equal(4, (await after.AcquireAllAsync()).Count);
        await after.WriteAsync("k", "new");
        Assert.Contains("WriteMode", before.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_said_that_it_takes_its_partitions_back_gets_them_and_the_change_is_refused()
    {
        var (before, after, started, write, goOn) = await ChangeBesideAsync(States);
        goOn.SetResult();
        await write.WaitAsync(_patience, Cancelled);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => started);
        Assert.Contains("WriteMode", refused.Message, StringComparison.Ordinal);
        Assert.Equal((1, null), ((await before.DirtyAsync()).Entries, before.Problem));
        await before.FlushAsync();
        await after.InitializeAsync(Cancelled);
        await after.WriteAsync("k", "new");
    }

    [Fact]
    public async Task Who_held_partitions_before_the_change_stores_nothing_of_what_comes_after_it()
    {
        var before = await Bed.StartAsync();
        var leases = await before.AcquireAllAsync("old");
        var after = await Bed.StartAsync(static options => options.KeepsVersions = true);
        await after.WriteAsync("k", "first");
        await after.WriteAsync("k", "second");

        Assert.Empty(await before.TakeAsync(leases));
        Assert.Equal(4, (await after.AcquireAllAsync("new")).Count);
    }

    [Fact]
    public async Task What_is_stated_with_a_turn_of_before_the_change_states_nothing()
    {
        var before = Make(keepsVersions: false, out var old);
        await before.InitializeAsync(Cancelled);
        var (arrived, goOn) = StopAt(old, States);
        // A partition that lost its data is agreed on anew.
        await Server.CliAsync("DEL", Bed.Name(Partition.Of("k", 4), "s"));
        var write = Task.Run(() => before.WriteAsync("k", "v"), Cancelled);
        await arrived.WaitAsync(_patience, Cancelled);
        var after = await Bed.StartAsync(static options => options.KeepsVersions = true);
        goOn.SetResult();

        await Assert.ThrowsAsync<TierUnavailableException>(() => write);
        Assert.Equal(0, (await after.DirtyAsync()).Entries);
        Assert.Equal(4, (await after.AcquireAllAsync()).Count);
        await after.WriteAsync("k", "new");
    }

    [Fact]
    public async Task What_is_wrong_with_one_partition_holds_up_no_other()
    {
        var after = Make(keepsVersions: true, out _);
        await ChangeAndReturnAsync(after);

        var refused = await Assert.ThrowsAsync<TierUnavailableException>(async () => await after.TryWriteAsync(TierBed.Write("k", "new")));
        Assert.Contains("WriteMode", refused.Message, StringComparison.Ordinal);
        Assert.Contains("WriteMode", after.Problem, StringComparison.Ordinal);
        foreach (
            var key in Enumerable.Range(0, 32).Select(static i => $"{i}").Where(static key => Partition.Of(key, 4) != Partition.Of("k", 4))
        )
        {
            await after.WriteAsync(key, "v");
        }

        Assert.Equal(3, (await after.AcquireAllAsync()).Count);
        await after.HeartbeatAsync("worker", TimeSpan.FromMinutes(1), Cancelled);
        // The process whose partition it is again has flushed it.
        await Server.CliAsync("DEL", Bed.EntryOf("k"));
        await Server.CliAsync("DEL", Bed.Name(Partition.Of("k", 4), "s"));
        Assert.Equal(4, (await after.AcquireAllAsync()).Count);
        await Until.TrueAsync(() => after.Problem is null, "it is told no longer");
    }

    [Fact]
    public async Task What_is_wrong_with_a_partition_is_told_while_its_server_is_away()
    {
        var after = Make(keepsVersions: true, out var scripts);
        await ChangeAndReturnAsync(after);
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await after.TryWriteAsync(TierBed.Write("k", "new")));
        var asked = 0;
        scripts.Before = (script, _) =>
        {
            // One partition after the other, and then the one that failed again.
            if (script.Body.Contains(States, StringComparison.Ordinal) && (asked++ == Partition.Of("k", 4) || asked > 4))
            {
                throw new RedisServerException("CLUSTERDOWN Hash slot not served");
            }
        };

        var refused = await Assert.ThrowsAsync<TierUnavailableException>(async () => await after.TryWriteAsync(TierBed.Write("k", "new")));

        Assert.Contains("WriteMode", refused.Message, StringComparison.Ordinal);
        Assert.Contains("WriteMode", after.Problem, StringComparison.Ordinal);
    }

    /// <summary>Changes the mode; then a partition returns, as after a fail-over: what the change had found stored is dirty
    /// under the old mode again.</summary>
    private async Task ChangeAndReturnAsync(ICacheTier after)
    {
        var before = await Bed.StartAsync();
        await before.WriteAsync("k", "v");
        var entry = Bed.EntryOf("k");
        var state = Bed.Name(Partition.Of("k", 4), "s");
        await CopyAsync(entry, $"{entry}:kept");
        await CopyAsync(state, $"{state}:kept");
        await before.FlushAsync();
        await after.InitializeAsync(Cancelled);
        await CopyAsync($"{state}:kept", state);
        await CopyAsync($"{entry}:kept", entry);
    }

    /// <summary>Changes the mode, and before that is put in force a process of the old one writes, and stands still.</summary>
    private async Task<(ICacheTier Before, ICacheTier After, Task Started, Task Write, TaskCompletionSource GoOn)> ChangeBesideAsync(
        string where
    )
    {
        var before = Make(keepsVersions: false, out var old);
        await before.InitializeAsync(Cancelled);
        var (arrived, goOn) = StopAt(old, where);
        var after = Make(keepsVersions: true, out var changing);
        var write = Task.CompletedTask;
        var reached = new TaskCompletionSource();
        changing.Before = (script, _) =>
        {
            if (script.Body.Contains(Puts, StringComparison.Ordinal))
            {
                // Who is refused tries again at once: not before the one that was quicker has written.
                changing.Before = (_, _) =>
                {
                    changing.Before = null;
                    ((IAsyncResult)write).AsyncWaitHandle.WaitOne(where == States ? _patience : TimeSpan.Zero);
                };
                write = Task.Run(() => before.WriteAsync("k", "v"));
                arrived.Wait(_patience, CancellationToken.None);
                reached.SetResult();
            }
        };
        var started = Task.Run(async () => await after.InitializeAsync(Cancelled));
        await reached.Task.WaitAsync(_patience, Cancelled);
        return (before, after, started, write, goOn);
    }

    /// <summary>Stops a process before it runs a script for the first time.</summary>
    private static (Task Arrived, TaskCompletionSource GoOn) StopAt(ScriptWatch scripts, string where)
    {
        var arrived = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        scripts.Before = (script, _) =>
        {
            if (script.Body.Contains(where, StringComparison.Ordinal))
            {
                scripts.Before = null;
                arrived.SetResult();
                goOn.Task.Wait(_patience, CancellationToken.None);
            }
        };
        return (arrived.Task, goOn);
    }

    private RedisTier Make(bool keepsVersions, out ScriptWatch scripts) =>
        Bed.Own(
            new RedisTier(
                Bed.Cache,
                new TierOptions { Partitions = 4, KeepsVersions = keepsVersions },
                Bed.Own(ScriptWatch.Connect(Server.Address, out scripts))
            )
        );

    private Task CopyAsync(string from, string to) => Server.CliAsync("COPY", from, to, "REPLACE");
}
