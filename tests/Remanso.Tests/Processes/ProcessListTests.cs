using Remanso.Conformance.Tiers;
using Remanso.Processes;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Processes;

/// <summary>What people see of the processes that share a tier.</summary>
[Collection(ManualClockTests.Name)]
public sealed class ProcessListTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_process_that_was_killed_is_dead_after_three_missed_beats_and_forgotten_after_ten_minutes()
    {
        await using var tier = new MemoryTier("test", new TierOptions { Partitions = 4 }, _time);
        await tier.InitializeAsync(TestContext.Current.CancellationToken);
        var (alive, killed) = (Beat(tier, "alive"), Beat(tier, "killed"));
        await killed.ListAsync(tier, TestContext.Current.CancellationToken);
        Assert.Equal([("alive", true), ("killed", true)], await SeenAsync());

        _time.Advance(TimeSpan.FromSeconds(14.9));
        Assert.Equal([("alive", true), ("killed", true)], await SeenAsync());
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal([("alive", true), ("killed", false)], await SeenAsync());
        _time.Advance(TimeSpan.FromMinutes(9.5));
        Assert.Equal([("alive", true), ("killed", false)], await SeenAsync());
        _time.Advance(TimeSpan.FromMinutes(0.25));
        Assert.Equal([("alive", true)], await SeenAsync());

        async Task<IEnumerable<(string, bool)>> SeenAsync() =>
            ProcessList
                .Of("alive", [("test", 4, await alive.ListAsync(tier, TestContext.Current.CancellationToken))])
                .Select(static process => (process.Id, process.IsAlive));
    }

    [Fact]
    public async Task On_a_shared_tier_it_is_said_every_five_seconds_and_soon_after_other_partitions_are_held()
    {
        await using var tier = new MemoryTier("test", new TierOptions { Partitions = 4 }, _time);
        await tier.InitializeAsync(TestContext.Current.CancellationToken);
        var faulty = new FaultyTier(tier) { IsLocal = false };
        IReadOnlyList<int> held = [];
        using var stop = new CancellationTokenSource();
        var beat = Beat(faulty, "own", () => held);
        var running = beat.RunAsync(stop.Token);
        Assert.Equal(1, faulty.Calls);
        await SecondsAsync(4);
        Assert.Equal(1, faulty.Calls);
        await SecondsAsync(1);
        Assert.Equal(2, faulty.Calls);
        held = [0, 1, 3];
        await SecondsAsync(1);
        Assert.Equal(3, faulty.Calls);
        var own = Assert.Single(ProcessList.Of("own", [("test", 4, await tier.ListProcessesAsync(TestContext.Current.CancellationToken))]));
        Assert.Equal(held, Assert.Single(own.Caches).Partitions);

        // What fails is not told, and said again with the next beat alone.
        faulty.Before = static _ => throw new TierUnavailableException("away", mayHaveHappened: false);
        held = [];
        await SecondsAsync(1);
        Assert.Equal(4, faulty.Calls);
        await SecondsAsync(4);
        Assert.Equal(4, faulty.Calls);
        faulty.Before = null;
        await SecondsAsync(1);
        Assert.Equal(5, faulty.Calls);

        await stop.CancelAsync();
        await running;
        await beat.LeaveAsync(CancellationToken.None);
        Assert.Empty(await tier.ListProcessesAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_others_wrote_is_read_with_care()
    {
        RegisteredProcess[] known =
        [
            new(
                "later",
                "{\"role\":\"x\",\"held\":\"0-1,7-9999999,a,2-\",\"beatMs\":-5,\"startedAt\":9223372036854775807,\"new\":{}}",
                TimeSpan.FromSeconds(14)
            ),
            new("empty", "{}", TimeSpan.FromSeconds(16)),
            new("noise", "rm -rf", TimeSpan.Zero),
            new("null", "null", TimeSpan.Zero),
            new("long", $"{{\"role\":\"{new string('x', 1000)}\"}}", TimeSpan.Zero),
        ];

        var seen = ProcessList.Of("own", [("test", 8, known)]).ToDictionary(static process => process.Id);

        Assert.Equal(["empty", "later", "long"], seen.Keys.Order());
        Assert.Equal([0, 1, 7], seen["later"].Caches[0].Partitions);
        Assert.True(seen["later"].IsAlive);
        Assert.False(seen["empty"].IsAlive);
        Assert.Equal((string.Empty, string.Empty, string.Empty), (seen["empty"].Role, seen["empty"].Version, seen["empty"].Machine));
        Assert.Equal(100, seen["long"].Role.Length);
    }

    [Theory]
    [InlineData("", 4)]
    [InlineData("0", 4, 0)]
    [InlineData("0-3", 4, 0, 1, 2, 3)]
    [InlineData("0-1,3,5-6", 8, 0, 1, 3, 5, 6)]
    public void Partitions_are_written_short_and_read_again(string text, int count, params int[] partitions)
    {
        Assert.Equal(text, PartitionText.Of(partitions));
        Assert.Equal(partitions, PartitionText.Read(text, count));
    }

    [Fact]
    public async Task With_the_memory_tier_there_is_this_process_alone()
    {
        await using var cache = await CacheHarness.StartAsync();

        var own = Assert.Single(await cache.Registry.GetProcessesAsync(TestContext.Current.CancellationToken));

        Assert.True(own.IsThis && own.IsAlive);
        Assert.Equal((true, 64), (Assert.Single(own.Caches).Flushes, own.Caches[0].PartitionCount));
        Assert.Equal(cache.Time.GetUtcNow(), own.StartedAt);
    }

    private ProcessBeat Beat(ICacheTier tier, string id, Func<IReadOnlyList<int>>? held = null) =>
        new(tier, new ProcessIdentity(id, "worker", "1.0.0", 0), flushes: true, held ?? (static () => []), _time);

    private async Task SecondsAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await CacheHarness.SettleAsync();
        }
    }
}
