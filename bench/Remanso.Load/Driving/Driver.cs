using System.Net.Sockets;
using Remanso.Load.Reporting;

namespace Remanso.Load.Driving;

/// <summary>All connections together.</summary>
internal sealed class Driver : IDisposable
{
    // What was sent in time may be answered so much later; then the connections are closed.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly LoadOptions _options;
    private readonly Worker[] _workers;

    public Driver(LoadOptions options)
    {
        _options = options;
        var keys = new KeySequence(options.Distribution, options.Keys);
        _workers = [.. Enumerable.Range(0, options.Connections).Select(number => new Worker(options, keys, number))];
    }

    public Task ConnectAsync() => Task.WhenAll(_workers.Select(static worker => worker.ConnectAsync()));

    /// <summary>Writes every key once.</summary>
    public Task PreloadAsync()
    {
        var last = -1;
        return Task.WhenAll(
            _workers.Select(async worker =>
            {
                while (Interlocked.Increment(ref last) is var key && key < _options.Keys)
                {
                    await worker.WriteAsync(key);
                }
            })
        );
    }

    /// <summary>Drives for a time.</summary>
    public async Task<Measurement> RunAsync(TimeSpan duration)
    {
        using var schedule = _options.Rate is { } rate ? new FixedRate(rate, duration) : null;
        IPace pace = schedule is null ? new FlatOut(duration) : schedule;
        var tallies = _workers.Select(static _ => new Tally()).ToArray();
        var work = Task.WhenAll(_workers.Select((worker, i) => worker.RunAsync(pace, tallies[i])));
        if (await Task.WhenAny(work, Task.Delay(duration + _patience, TimeProvider.System)) != work)
        {
            Dispose();
        }

        try
        {
            await work;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The server went away, or kept an answer back for too long: what it left unanswered is in the result.
        }

        schedule?.Dispose();
        var total = new Tally();
        Array.ForEach(tallies, total.Add);
        return new Measurement(total, duration, schedule?.Scheduled, schedule?.Lateness);
    }

    public void Dispose() => Array.ForEach(_workers, static worker => worker.Dispose());
}
