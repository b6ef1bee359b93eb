using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Load;
using Remanso.Torture.Tests.Reporting;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>Two workers flush the same keys, as happens for a moment when a lease changes hands; here, with a tier
/// each, all the time.</summary>
public sealed class OverlapTests(PostgresServer postgres)
{
    private const int Keys = 2_000;

    [Fact]
    public async Task Two_workers_whose_keys_arrive_in_opposite_order_never_deadlock()
    {
        var database = await Database.CreateAsync(postgres);
        await using var upwards = await Library.StartAsync(database);
        await using var downwards = await Library.StartAsync(database);
        await database.RecordVersionsAsync();
        var highest = new long[Keys];
        var began = TimeProvider.System.GetTimestamp();

        var rounds = await Task.WhenAll(
            Task.Run(() => WriteAsync(upwards, [.. Enumerable.Range(0, Keys)])),
            Task.Run(() => WriteAsync(downwards, [.. Enumerable.Range(0, Keys).Reverse()]))
        );

        var duration = TimeProvider.System.GetElapsedTime(began);
        Assert.Equal(0, await database.CountDeadlocksAsync());
        Assert.Equal(0, await database.CountRegressionsAsync());
        var rows = await database.ReadAsync();
        for (var key = 0; key < Keys; key++)
        {
            Assert.Equal(highest[key], rows[NumberedWrite.NameOf(key)].Version);
        }

        await TortureReport.WriteAsync(
            "two workers, the same keys",
            new Figures((long)rounds.Sum() * Keys, duration, rows.Count, await database.CountVersionsAsync(), "none", default, 0, 0)
        );

        async Task<int> WriteAsync(Library library, int[] keys)
        {
            for (var round = 0; ; round++)
            {
                if (TimeProvider.System.GetElapsedTime(began) >= Scale.Current.Overlap)
                {
                    return round;
                }

                var outcomes = await library.Cache.SetManyAsync([
                    .. keys.Select(key => KeyValuePair.Create(NumberedWrite.NameOf(key), $"round {round}")),
                ]);
                for (var i = 0; i < keys.Length; i++)
                {
                    Assert.Null(outcomes[i].Error);
                    Raise(ref highest[keys[i]], outcomes[i].Receipt.Version);
                }

                var report = await library.Cache.Operations.FlushAsync();
                Assert.Empty(report.Failed);
            }
        }
    }

    private static void Raise(ref long highest, long version)
    {
        var seen = Volatile.Read(ref highest);
        while (version > seen)
        {
            var before = Interlocked.CompareExchange(ref highest, version, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
