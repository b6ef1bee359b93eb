using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Load;

/// <summary>Writers that set random keys at full speed until enough is acknowledged. What the API refuses is written
/// again, as its clients are told to do.</summary>
internal sealed class WriteLoad : IDisposable
{
    private const int Writers = 4;
    private const int Batch = 500;

    // An honest client does not hammer a server that has said that it can't.
    private static readonly TimeSpan _beforeRetry = TimeSpan.FromMilliseconds(50);

    private readonly int _port;
    private readonly Scale _scale;
    private readonly SemaphoreSlim _turns = new(Writers, Writers);
    private readonly Milestones _milestones = new();
    private volatile Ledger _ledger;
    private long _begun;
    private long _refusals;
    private long _lastRefusal;
    private Task _writing = Task.CompletedTask;

    /// <param name="port">Where the API listens.</param>
    /// <param name="scale">How many writes and keys.</param>
    public WriteLoad(int port, Scale scale)
    {
        _port = port;
        _scale = scale;
        _ledger = new Ledger(scale.Keys);
    }

    /// <summary>What was acknowledged since the load began, or since <see cref="Forget"/>.</summary>
    public Ledger Ledger => _ledger;

    /// <summary>How many writes were acknowledged.</summary>
    public long Acknowledged => _milestones.Count;

    /// <summary>How many calls were refused, in whole or in part.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    /// <summary>When the last of <see cref="Refusals"/> was: a timestamp of the system's clock.</summary>
    public long LastRefusal => Volatile.Read(ref _lastRefusal);

    /// <summary>Writes until enough is acknowledged, while something else is done to the servers.</summary>
    /// <param name="disturbances">What is done, at equal distances of acknowledged writes.</param>
    /// <returns>How long the load took.</returns>
    public async Task<TimeSpan> RunAsync(params IReadOnlyList<Func<Task>> disturbances)
    {
        var began = TimeProvider.System.GetTimestamp();
        _writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(new Random(writer)))));
        var timed = TimeAsync();
        for (var i = 0; i < disturbances.Count; i++)
        {
            await ReachAsync(_scale.Writes * (i + 1L) / (disturbances.Count + 1));
            await disturbances[i]();
        }

        return await timed.WaitAsync(Scale.Patience, TimeProvider.System);

        async Task<TimeSpan> TimeAsync()
        {
            await _writing;
            return TimeProvider.System.GetElapsedTime(began);
        }
    }

    /// <summary>Waits until so many writes are acknowledged in all.</summary>
    public async Task ReachAsync(long count)
    {
        // The load may end first, by its last batches or by a failure, which is then the one to tell.
        await await Task.WhenAny(_milestones.ReachedAsync(count), _writing).WaitAsync(Scale.Patience, TimeProvider.System);
    }

    /// <summary>Writes every key once.</summary>
    public async Task WriteEveryKeyAsync()
    {
        using var connection = new BatchConnection(_port);
        foreach (var keys in Enumerable.Range(0, _scale.Keys).Chunk(Batch))
        {
            await WriteBatchAsync(connection, keys);
        }
    }

    /// <summary>Waits until the API has refused a call from now on.</summary>
    public Task RefusedAsync()
    {
        var before = Refusals;
        return Patient.UntilAsync(() => Task.FromResult(Refusals > before), "a call is refused");
    }

    /// <summary>Lets every call under way end, and begins none until the result is disposed.</summary>
    public async Task<IDisposable> PauseAsync()
    {
        for (var i = 0; i < Writers; i++)
        {
            await _turns.WaitAsync();
        }

        return new Paused(_turns);
    }

    /// <summary>Begins a new ledger: of what was written so far, nothing is expected to be stored.</summary>
    /// <returns>The old one.</returns>
    public Ledger Forget() => Interlocked.Exchange(ref _ledger, new Ledger(_scale.Keys, before: _ledger));

    public void Dispose() => _turns.Dispose();

    private async Task WriteAsync(Random random)
    {
        using var connection = new BatchConnection(_port);
        var keys = new int[Batch];
        while (_milestones.Count < _scale.Writes)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                keys[i] = random.Next(_scale.Keys);
            }

            await _turns.WaitAsync();
            try
            {
                await WriteBatchAsync(connection, keys);
            }
            finally
            {
                _turns.Release();
            }
        }
    }

    /// <summary>Writes these keys until each has been acknowledged.</summary>
    private async Task WriteBatchAsync(BatchConnection connection, int[] keys)
    {
        var left = keys;
        while (left.Length > 0)
        {
            var number = Interlocked.Add(ref _begun, left.Length) - left.Length;
            var writes = left.Select((key, i) => new NumberedWrite(key, number + i)).ToArray();
            var versions = new long[writes.Length];

            // Taken first: a call that began before the ledger was changed says nothing about what came after.
            var ledger = _ledger;
            var status = await connection.SetAsync(writes, versions);
            if (status == 200)
            {
                ledger.Acknowledge(writes, versions);
                _milestones.Add(versions.Count(static version => version > 0));
                left = [.. left.Where((_, i) => versions[i] == 0)];
            }
            else
            {
                ledger.Doubt(writes);
                _ledger.Doubt(writes);
                Assert.True(status == 503, $"The API answered {status}.");
            }

            if (left.Length > 0)
            {
                Interlocked.Increment(ref _refusals);
                Volatile.Write(ref _lastRefusal, TimeProvider.System.GetTimestamp());
                await Task.Delay(_beforeRetry, TimeProvider.System);
            }
        }
    }

    private sealed class Paused(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release(Writers);
    }
}
