using System.Text;
using Remanso.Conformance.Support;
using Remanso.Stores;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>One bad row among good ones holds up itself alone, on Redis as in memory.</summary>
public sealed class BadRowsOnRedisTests(TierServer server)
{
    private readonly string _name = TierServer.NewCache();
    private readonly ScriptedStore _store = new();

    [Fact]
    public async Task Refused_entries_in_front_of_every_batch_do_not_starve_those_behind_them()
    {
        const int Bad = 600;
        // More than all lanes take at once.
        await using var process = await StartAsync(static options => options.Flush.BatchSize = 50);
        _store.BeforeSave = Refuses(new StoreException("too long", isTransient: false) { BlamesRow = true });
        for (var i = 0; i < Bad; i++)
        {
            await process.Cache.SetAsync($"bad{i}", "bad");
        }

        for (var i = 0; i < 20; i++)
        {
            await process.Cache.SetAsync($"good{i}", "good");
        }

        await Until.TrueAsync(() => _store.Rows.Count == 20, "the good ones are stored");
        await Until.TrueAsync(
            async () => (await process.Cache.Operations.GetStatisticsAsync()).Dirty is { Entries: 0, DeadLetters: Bad },
            "the others are dead letters"
        );
    }

    [Fact]
    public async Task An_entry_that_always_fails_while_others_are_stored_becomes_a_dead_letter_whatever_its_error()
    {
        await using var process = await StartAsync(static options =>
        {
            options.Flush.MaxBackoff = TimeSpan.FromMilliseconds(100);
            options.Flush.DeadLetterAfter = TimeSpan.FromSeconds(1);
        });
        _store.BeforeSave = Refuses(new StoreException("permission denied", isTransient: true));
        await process.Cache.SetAsync("k", "bad");

        var i = 0;
        await Until.TrueAsync(
            async () =>
            {
                await process.Cache.SetAsync($"good{i++}", "good");
                return (await process.Cache.Operations.GetStatisticsAsync()).Flush.DeadLettered == 1;
            },
            "it is a dead letter"
        );
        Assert.Equal("permission denied", Assert.Single(await process.Cache.Operations.GetDeadLettersAsync()).Error);
    }

    [Fact]
    public async Task Two_writers_through_whose_values_are_refused_in_one_batch_are_each_told_so_and_nobody_reads_them()
    {
        await using var process = await StartAsync(static options =>
        {
            options.WriteMode = WriteMode.Through;
            options.Flush.Interval = TimeSpan.FromHours(1);
        });
        _store.BeforeSave = Refuses(new StoreException("too long", isTransient: false) { BlamesRow = true });

        var writes = new[] { "a", "b" }.Select(key => process.Cache.SetAsync(key, "bad").AsTask()).ToArray();
        foreach (var write in writes)
        {
            var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(() => write.WaitAsync(TimeSpan.FromSeconds(10)));
            Assert.False(exception.IsAccepted);
        }

        Assert.False((await process.Cache.GetAsync("a")).Found);
        Assert.False((await process.Cache.GetAsync("b")).Found);
    }

    [Fact]
    public async Task Dead_letters_are_chosen_by_filter_and_bounded()
    {
        await using var process = await StartAsync(static options => options.Flush.MaxDeadLetters = 3);
        _store.BeforeSave = Refuses(new StoreException("too long", isTransient: false) { BlamesRow = true });
        await process.Cache.SetAsync("good", "good");
        foreach (var key in new[] { "order:1", "order:2", "user:1" })
        {
            await process.Cache.SetAsync(key, "bad");
        }

        await Until.TrueAsync(
            async () => (await process.Cache.Operations.GetStatisticsAsync()).Dirty is { Entries: 0, DeadLetters: 3 },
            "there are three"
        );
        await process.Cache.SetAsync("order:3", "bad");
        await process.Cache.SetAsync("another", "good");
        await Until.TrueAsync(() => _store.Text("another") is not null, "the good one is stored");
        await process.Cache.Operations.FlushAsync();
        Assert.Equal(
            (1, 3),
            (
                (await process.Cache.Operations.GetStatisticsAsync()).Dirty.Entries,
                (await process.Cache.Operations.GetStatisticsAsync()).Dirty.DeadLetters
            )
        );

        Assert.Equal(
            2,
            (await process.Cache.Operations.GetDeadLettersAsync(new DeadLetterFilter { Prefix = "order:", Error = "LONG" })).Count
        );
        Assert.Equal(1, await process.Cache.Operations.DropDeadLettersAsync(new DeadLetterFilter { Prefix = "user:" }));
        _store.BeforeSave = static _ => Task.CompletedTask;
        await process.Cache.Operations.ReplayDeadLettersAsync(DeadLetterFilter.All);
        await Until.TrueAsync(
            () => _store.Text("order:1") == "bad" && _store.Text("order:2") == "bad" && _store.Text("order:3") == "bad",
            "all that was not dropped is stored"
        );
    }

    private Task<CacheProcess> StartAsync(Action<CacheOptions> configure) =>
        CacheProcess.StartAsync(server.Address, _name, _store, configure);

    private static Func<IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>>, Task> Refuses(StoreException error) =>
        batch => batch.Any(static write => Encoding.UTF8.GetString(write.Value.Span) == "bad") ? throw error : Task.CompletedTask;
}
