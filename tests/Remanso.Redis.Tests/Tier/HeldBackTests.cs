using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Servers;
using Remanso.Stores;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>What the store refused lies in front of its queue, and takes neither bytes nor room from what is behind it.</summary>
public sealed class HeldBackTests(TierServer server)
{
    private const int MaxReplyBytes = 1 << 20;

    private static readonly string _large = new('v', 200_000);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Large_refused_values_do_not_keep_others_from_the_store()
    {
        var store = new ScriptedStore
        {
            BeforeSave = static batch =>
                batch.Any(static write => write.Value.Length > 100_000)
                    ? throw new StoreException("too long", isTransient: false) { BlamesRow = true }
                    : Task.CompletedTask,
        };
        await using var process = await CacheProcess.DeclareAsync(Options(), TierServer.NewCache(), store, static it =>
        {
            it.Options.Tier.Partitions = 1;
            it.Options.MaxValueBytes = _large.Length;
            it.Options.Flush.Interval = TimeSpan.FromMilliseconds(20);
            it.Options.Flush.MaxDeadLetters = 1;
        });
        for (var i = 0; i < 6; i++)
        {
            await process.Cache.SetAsync($"bad{i}", _large);
        }

        await process.Cache.SetAsync("good", "good");

        await Until.TrueAsync(() => store.Text("good") == "good", "what lies behind them is stored");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_held_back_is_named_and_not_read_until_it_changes_or_is_due(bool keepsVersions)
    {
        await using var provider = new RedisTierProvider(Options());
        var tier = provider.Create(
            TierServer.NewCache(),
            new TierOptions
            {
                Partitions = 1,
                MaxValueBytes = _large.Length,
                KeepsVersions = keepsVersions,
            }
        );
        await tier.InitializeAsync(CancellationToken.None);
        var refused = new Dictionary<string, long>();
        for (var i = 0; i < 6; i++)
        {
            refused.Add($"bad{i}", await tier.WriteAsync($"bad{i}", _large));
        }

        await tier.WriteAsync("good", "good");
        var leases = await tier.AcquireAllAsync();

        var taken = await tier.TakeAsync(leases, 7, refused, Cancelled);

        Assert.Equal(["good"], taken.Select(static entry => entry.Key));
        Assert.Equal(refused.Keys, taken.HeldBack.Order());
        Assert.False(taken.HasMore);
        await tier.SettleAsync(taken[0].Stored());
        var none = await tier.TakeAsync(leases, 7, refused, Cancelled);
        Assert.Equal((0, 6, false), (none.Count, none.HeldBack.Count, none.HasMore));

        refused["bad0"] = 0;
        Assert.Equal(["bad0"], (await tier.TakeAsync(leases, 7, refused, Cancelled)).Select(static entry => entry.Key));
        if (!keepsVersions)
        {
            await tier.WriteAsync("bad1", "better");
            // Its error was no matter of the value.
            refused["bad2"] = long.MaxValue;
            await tier.WriteAsync("bad2", "better");
            Assert.Equal(["bad0", "bad1"], (await tier.TakeAsync(leases, 7, refused, Cancelled)).Select(static entry => entry.Key).Order());
        }

        await tier.FlushAsync();
        Assert.Equal((0, 0), ((await tier.DirtyAsync()).Entries, (await tier.DirtyAsync()).Bytes));
    }

    private RedisOptions Options()
    {
        var options = PatientOptions.Of(server.Address);
        options.Limits.MaxReplyBytes = MaxReplyBytes;
        return options;
    }
}
