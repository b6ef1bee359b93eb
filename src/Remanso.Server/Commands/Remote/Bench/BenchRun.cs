using System.Collections.Concurrent;
using Remanso.Client;

namespace Remanso.Server.Commands.Remote.Bench;

/// <summary>Drives a cache: each of so many workers sends its next call when it has the answer to its last, so this
/// finds throughput, and latency under it.</summary>
internal sealed class BenchRun(RemansoClient client, CacheClient cache, BenchPlan plan, TimeProvider time)
{
    // What a benchmark leaves behind goes by itself.
    private static readonly EntryWriteOptions _writing = new()
    {
        Lifetime = TimeSpan.FromMinutes(10),
        ContentType = "application/octet-stream",
    };

    private readonly ConcurrentDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly byte[] _value = new byte[plan.ValueBytes];
    private long _done;

    /// <summary>Runs it, and flushes at the end so that what reached the database can be told. Where it is interrupted, the
    /// result has what was measured until then.</summary>
    public async Task<BenchResult> RunAsync(Action<long, double> told, CancellationToken cancellationToken)
    {
        var noise = MachineNoise.Measure(time);
        Random.Shared.NextBytes(_value);
        var before = await CountsAsync(cancellationToken);

        // The first call makes a connection, which is not what is measured.
        await Task.WhenAll(
            Enumerable
                .Range(0, plan.Connections)
                .Select(number => cache.GetAsync(plan.KeyOf(number % plan.Keys), cancellationToken: cancellationToken))
        );
        var start = time.GetTimestamp();
        var workers = await Task.WhenAll(
            Enumerable
                .Range(0, plan.Connections)
                .Select(number => Task.Run(() => WorkAsync(number, start, told, cancellationToken), CancellationToken.None))
        );
        var passed = time.GetElapsedTime(start);
        var (reads, writes) = (new Latencies(), new Latencies());
        foreach (var worker in workers)
        {
            reads.Add(worker.Reads);
            writes.Add(worker.Writes);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return new BenchResult(noise, reads, writes, _errors, passed, before, After: null, OthersFlush: false, IsInterrupted: true);
        }

        var after = await StoredCountsAsync(cancellationToken);
        return new BenchResult(noise, reads, writes, _errors, passed, before, after, await DoOthersFlushAsync(cancellationToken));
    }

    private async Task<(Latencies Reads, Latencies Writes)> WorkAsync(
        int number,
        long start,
        Action<long, double> told,
        CancellationToken cancellationToken
    )
    {
        // Each run asks for the same keys in the same order.
        var random = new Random(number);
        var (reads, writes) = (new Latencies(), new Latencies());
        for (var passed = time.GetElapsedTime(start); passed < plan.Duration; passed = time.GetElapsedTime(start))
        {
            var key = plan.KeyOf(random.Next(plan.Keys));
            var isRead = random.NextDouble() < plan.ReadPart;
            var sent = time.GetTimestamp();
            try
            {
                await (
                    isRead
                        ? cache.GetAsync(key, cancellationToken: cancellationToken)
                        : (Task)cache.SetAsync(key, _value, _writing, cancellationToken)
                );
                (isRead ? reads : writes).Add(time.GetElapsedTime(sent));
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // What was measured until now is told.
                break;
            }
            catch (RemansoApiException exception)
            {
                _errors.AddOrUpdate(exception.Code ?? $"{exception.Status}", 1, static (_, count) => count + 1);
            }

            var done = Interlocked.Increment(ref _done);
            if (number == 0)
            {
                told(done, Math.Min(1, passed / plan.Duration));
            }
        }

        return (reads, writes);
    }

    private async Task<CacheCounts?> StoredCountsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await cache.FlushAsync(cancellationToken);
        }
        catch (RemansoApiException)
        {
            // A key that may not flush: what is told of rows is then what has been stored by now.
        }

        return await CountsAsync(cancellationToken);
    }

    private async Task<bool> DoOthersFlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await client.GetProcessesAsync(cancellationToken)).Any(process => !process.This && process.Flushes(cache.Name));
        }
        catch (RemansoApiException)
        {
            // A key that may not observe, or a server of an earlier version.
            return false;
        }
    }

    private async Task<CacheCounts?> CountsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await client.GetStatisticsAsync(cancellationToken)).GetValueOrDefault(cache.Name);
        }
        catch (RemansoApiException exception) when (exception.Status is 401 or 403)
        {
            return null;
        }
    }
}
