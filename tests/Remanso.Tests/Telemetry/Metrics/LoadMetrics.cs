using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>What moves the metrics of loads.</summary>
internal static class LoadMetrics
{
    private const string Loads = "remanso.loads";
    private const string Errors = "remanso.load.errors";
    private const string Abandoned = "remanso.load.abandoned";
    private const string Duration = "remanso.load.duration";
    private const string Keys = "remanso.load.keys";

    // Of a, b, c and the bad d: all four fail, then d with c, then d; a with b and c are read.
    public static MetricCase[] Cases { get; } =
    [
        new(Loads, "", "one query for three keys", 1, ThreeKeysAsync),
        new(Loads, "", "a bad row among four is looked for", 5, BadRowAsync),
        new(Errors, "", "a query that fails", 1, FailureAsync),
        new(Errors, "", "a bad row among four is looked for", 3, BadRowAsync),
        new(Errors, "", "a query whose last caller hangs up", 0, HungUpAsync),
        new(Errors, "", "a query that takes longer than Load:Timeout", 1, LateAsync),
        new(Errors, "", "a query that takes longer than Load:Timeout, when one of its callers has hung up", 1, LateForOneAsync),
        new(Abandoned, "", "a query whose last caller hangs up", 1, HungUpAsync),
        new(Abandoned, "", "a query that takes longer than Load:Timeout", 0, LateAsync),
        new(Abandoned, "", "a query that takes longer than Load:Timeout, when one of its callers has hung up", 0, LateForOneAsync),
        new(Abandoned, "", "a query that fails", 0, FailureAsync),
        new(Duration, "", "a query of 40 ms", 0.04, ThreeKeysAsync),
        new(Duration, "", "a query that fails after 40 ms", 0.04, FailureAsync),
        new(Duration, "", "each query of a search for a bad row, the first of 40 ms", 0.04, BadRowAsync) { Times = 5 },
        new(Keys, "", "one query for three keys", 3, ThreeKeysAsync),
        new(Keys, "", "each query of a search for a bad row", 4 + 2 + 2 + 1 + 1, BadRowAsync) { Times = 5 },
    ];

    private static Task ThreeKeysAsync(MetricRun run) => LoadAsync(run, ["a", "b", "c"], static _ => { });

    private static Task FailureAsync(MetricRun run) =>
        LoadAsync(run, ["a"], static _ => throw new StoreException("away", isTransient: true));

    private static Task BadRowAsync(MetricRun run) => LoadAsync(run, ["a", "b", "c", "d"], static keys =>
        {
            if (keys.Contains("d"))
            {
                throw new StoreException("state is bogus", isTransient: false);
            }
        });

    private static async Task HungUpAsync(MetricRun run)
    {
        var (harness, held) = await HoldAsync(run);
        using var caller = new CancellationTokenSource();
        var reading = harness.Cache.GetAsync("held", caller.Token).AsTask();
        await held.ArrivedAsync();
        await caller.CancelAsync();
        await EndAsync(reading);
    }

    private static async Task LateAsync(MetricRun run)
    {
        var (harness, held) = await HoldAsync(run);
        var reading = harness.Cache.GetAsync("held").AsTask();
        await held.ArrivedAsync();
        harness.Time.Advance(harness.Options.Load.Timeout);
        await EndAsync(reading);
    }

    private static async Task LateForOneAsync(MetricRun run)
    {
        var (harness, held) = await HoldAsync(run);
        var first = new Gate();
        harness.Store.OnLoad = (asked, token) => (asked.Contains("first") ? first : held).PassAsync(token);
        var reading = harness.Cache.GetAsync("first").AsTask();
        await first.ArrivedAsync();
        // It has the only place: these two leave together after it.
        using var caller = new CancellationTokenSource();
        var hungUp = harness.Cache.GetAsync("held", caller.Token).AsTask();
        var patient = harness.Cache.GetAsync("held as well").AsTask();
        await CacheHarness.SettleAsync();
        first.Open();
        await reading;
        await held.ArrivedAsync();
        await caller.CancelAsync();
        await EndAsync(hungUp);
        harness.Time.Advance(harness.Options.Load.Timeout);
        await EndAsync(patient);
    }

    private static async Task<(CacheHarness Harness, Gate Held)> HoldAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => options.Load.MaxConcurrent = 1);
        var held = new Gate();
        run.AtEnd(held.Open);
        harness.Store.OnLoad = (_, token) => held.PassAsync(token);
        run.Mark();
        return (harness, held);
    }

    private static async Task EndAsync(Task reading)
    {
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // The query ends behind its callers.
        await CacheHarness.SettleAsync();
    }

    private static async Task LoadAsync(MetricRun run, string[] keys, Action<IReadOnlyList<string>> look)
    {
        var harness = await run.StartAsync();
        Array.ForEach(keys, key => harness.Store.Put(key, "v", 1));
        var gate = new Gate();
        harness.Store.OnLoad = async (asked, token) =>
        {
            await gate.PassAsync(token);
            look(asked);
        };
        run.Mark();
        var reading = harness.Cache.GetManyAsync(keys).AsTask();
        await gate.ArrivedAsync();
        harness.Time.Advance(TimeSpan.FromMilliseconds(40));
        gate.Open();
        await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
