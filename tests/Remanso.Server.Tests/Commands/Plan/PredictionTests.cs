using System.Globalization;
using System.Text.Json;
using Remanso.Telemetry;

namespace Remanso.Server.Tests.Commands.Plan;

/// <summary><c>plan</c> on the log of a run says what that run did.</summary>
public sealed class PredictionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_many_reads_and_some_writes_of_a_cache_that_is_too_small_with_slow_queries()
    {
        const int Keys = 3000;
        await using var run = await RecordedRun.StartAsync(
            options => Set(options, kib: 600, ttl: TimeSpan.FromSeconds(20)),
            cost: static key => 2000 + (key.Length * 700)
        );
        for (var key = 0; key < Keys; key++)
        {
            run.Put($"user:{key}", Bytes(key));
        }

        var random = new Random(11);
        for (var at = Next(random, 0, 2000); at < 30_000_000; at = Next(random, at, 2000))
        {
            var key = Skewed(random, Keys);
            await (random.NextDouble() < 0.9 ? run.ReadAsync(at, $"user:{key}") : run.WriteAsync(at, $"user:{key}", Bytes(key + at)));
        }

        await CompareAsync(run, "600KiB", "20s", "0ms", "0ms");
    }

    [Fact]
    public async Task Of_bursts_of_writes_of_few_keys_into_a_slow_database()
    {
        await using var run = await RecordedRun.StartAsync(
            options => Set(options, kib: 4096, ttl: TimeSpan.FromMinutes(5)),
            batch: static rows => 5000 + (195_000 * (rows - 1) / 999)
        );
        var random = new Random(12);
        var at = 0L;
        for (var burst = 0; burst < 12; burst++)
        {
            for (var i = 0; i < 1000; i++)
            {
                at = Next(random, at, 400);
                await run.WriteAsync(at, $"counter:{random.Next(40) * random.Next(1, 4)}", 50 + (int)(at % 300));
            }

            for (var i = 0; i < 100; i++)
            {
                at = Next(random, at, 20_000);
                await run.ReadAsync(at, $"counter:{random.Next(160)}");
            }
        }

        await CompareAsync(run, "4MiB", "5m", "5ms", "200ms");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_scans_deletes_and_fresh_keys_with_a_short_TTL(bool hasNear)
    {
        await using var run = await RecordedRun.StartAsync(options =>
        {
            Set(options, kib: 1024, ttl: TimeSpan.FromSeconds(3));
            options.Near.Enabled = hasNear;
            options.Near.MaxBytes = 128 << 10;
        });
        for (var key = 0; key < 6000; key++)
        {
            run.Put($"row:{key}", 100 + (key % 200));
        }

        var random = new Random(13);
        var at = 0L;
        for (var i = 0; i < 24_000; i++)
        {
            at = Next(random, at, 500);
            var hot = $"row:{Skewed(random, 500)}";
            await (
                (i % 8000 < 3000 ? 9 : random.Next(9)) switch
                {
                    9 => run.ReadAsync(at, $"row:{(i % 8000) + 3000}"),
                    0 => run.WriteAsync(at, hot, 150),
                    1 when i % 5 == 0 => run.DeleteAsync(at, hot),
                    2 => run.WriteAsync(at, $"fresh:{i}", 300),
                    _ => run.ReadAsync(at, hot),
                }
            );
        }

        await CompareAsync(run, "1MiB", "3s", "0ms", "0ms", hasNear ? ["--near", "128KiB"] : []);
    }

    [Fact]
    public async Task Of_a_flood_of_writes_of_many_keys_in_full_batches()
    {
        await using var run = await RecordedRun.StartAsync(options => Set(options, kib: 8192, ttl: TimeSpan.FromMinutes(5)));
        var random = new Random(14);
        var at = 0L;
        for (var i = 0; i < 18_000; i++)
        {
            // In turn a flood, which fills batches before the interval is over, and a trickle, which does not.
            at = Next(random, at, i % 6000 < 5000 ? 40 : 1500);
            await run.WriteAsync(at, $"event:{random.Next(20_000)}", 60 + (i % 100));
        }

        await CompareAsync(run, "8MiB", "5m", "0ms", "0ms");
    }

    [Fact]
    public async Task Of_hot_keys_with_slow_queries_which_are_refreshed_before_their_TTL_ends()
    {
        const int Keys = 60;
        await using var run = await RecordedRun.StartAsync(
            options => Set(options, kib: 4096, ttl: TimeSpan.FromSeconds(4)),
            cost: static key => 20_000 + (key.Length * 5_000)
        );
        for (var key = 0; key < Keys; key++)
        {
            run.Put($"page:{key}", Bytes(key));
        }

        var random = new Random(15);
        for (var at = Next(random, 0, 2500); at < 30_000_000; at = Next(random, at, 2500))
        {
            var key = Skewed(random, Keys);
            await (random.Next(100) > 0 ? run.ReadAsync(at, $"page:{key}") : run.WriteAsync(at, $"page:{key}", Bytes(key)));
        }

        await CompareAsync(run, "4MiB", "4s", "0ms", "0ms");
    }

    private static void Set(CacheOptions options, int kib, TimeSpan ttl)
    {
        options.Tier.MaxBytes = kib << 10;
        options.MaxValueBytes = 10_000;
        options.Ttl.Base = ttl;
    }

    private async Task CompareAsync(RecordedRun run, string size, string ttl, string commit, string batch, params string[] more)
    {
        var actual = await run.EndAsync();
        var log = _folder.File("run.csv");
        await File.WriteAllTextAsync(log, run.Log, TestContext.Current.CancellationToken);

        var (code, output, errors) = await PlanRun.OfAsync([
            log,
            "--json",
            "--sizes",
            size,
            "--ttls",
            ttl,
            "--flush-intervals",
            "250ms",
            "--query-time",
            "0ms",
            "--commit-time",
            commit,
            "--batch-time",
            batch,
            .. more,
        ]);

        Assert.Equal((0, ""), (code, errors));
        var predicted = JsonDocument.Parse(output).RootElement.GetProperty("base");
        var (hits, rows, peak) = (
            predicted.TryGetProperty("hitRatio", out var ratio) ? ratio.GetDouble() : double.NaN,
            predicted.GetProperty("writes").GetProperty("rows").GetDouble(),
            predicted.GetProperty("writes").GetProperty("peakDirtyBytes").GetDouble()
        );
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"hits {hits:P2} predicted, {HitRatio(actual):P2} in the run; rows {rows}, {actual.Flush.Stored}; peak "
                    + $"{peak}, {run.PeakDirtyBytes}; queries of the run {actual.Loads.Queries}, refreshes "
                    + $"{actual.Loads.EarlyRefreshes}, "
                    + $"{(predicted.TryGetProperty("loads", out var loads) ? loads : default)}; batches "
                    + $"{predicted.GetProperty("writes").GetProperty("batches")}, {actual.Flush.Batches}"
            )
        );
        Assert.Equal(double.IsNaN(HitRatio(actual)), double.IsNaN(hits));
        Assert.InRange(double.IsNaN(hits) ? 0 : hits - HitRatio(actual), -0.01, 0.01);
        if (actual.Reads.Near > 0)
        {
            Assert.InRange(predicted.GetProperty("reads").GetProperty("near").GetDouble() / actual.Reads.Near, 0.98, 1.02);
        }

        Assert.InRange(rows / actual.Flush.Stored, 0.9, 1.1);
        Assert.InRange(peak / run.PeakDirtyBytes, 0.9, 1.1);
    }

    // As "top" reckons.
    private static double HitRatio(CacheStatistics of) =>
        1
        - (
            (double)Math.Min(of.Reads.Store + of.Reads.Absent, of.Loads.Keys)
            / (of.Reads.Near + of.Reads.Tier + of.Reads.Store + of.Reads.Absent + of.Reads.Stale)
        );

    private static long Next(Random random, long at, double mean) => at + 1 + (long)(-Math.Log(1 - random.NextDouble()) * mean);

    // A tenth of the keys gets most of the calls.
    private static int Skewed(Random random, int keys) => (int)(Math.Pow(random.NextDouble(), 4) * keys);

    private static int Bytes(long key) => 200 + (int)(key * 7919 % 800);
}
