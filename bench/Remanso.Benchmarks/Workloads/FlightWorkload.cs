using System.Collections.Concurrent;
using Remanso.ReadThrough;

namespace Remanso.Benchmarks.Workloads;

/// <summary>One load that nobody else waits for: through <see cref="SingleFlight{TKey, TValue}"/>, and through the
/// least code that would share it.</summary>
internal sealed class FlightWorkload
{
    private const string Key = "load-00000042";

    private static readonly byte[] _value = new byte[100];

    private readonly SingleFlight<string, byte[]> _flights = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<byte[]>> _bare = new();

    public async ValueTask<int> FlyAsync(bool synchronously)
    {
        var result = synchronously
            ? await _flights.RunAsync(Key, static (_, _) => LoadAtOnce())
            : await _flights.RunAsync(Key, static (_, _) => LoadLaterAsync());
        return result.Value.Length;
    }

    public async ValueTask<int> BareAsync(bool synchronously) => (await RunBareAsync(synchronously)).Length;

    // No cancellation, no check for circles, no care for a loader that never ends: what a first version would be.
    private async ValueTask<byte[]> RunBareAsync(bool synchronously)
    {
        var mine = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var flight = _bare.GetOrAdd(Key, mine);
        if (flight != mine)
        {
            return await flight.Task;
        }

        try
        {
            var value = synchronously ? await LoadAtOnce() : await LoadLaterAsync();
            mine.SetResult(value);
            return value;
        }
        catch (Exception exception)
        {
            mine.SetException(exception);
            throw;
        }
        finally
        {
            _bare.TryRemove(Key, out _);
        }
    }

    private static ValueTask<byte[]> LoadAtOnce() => new(_value);

    private static async ValueTask<byte[]> LoadLaterAsync()
    {
        await Task.Yield();
        return _value;
    }
}
