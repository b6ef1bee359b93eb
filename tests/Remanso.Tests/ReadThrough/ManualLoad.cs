namespace Remanso.Tests.ReadThrough;

/// <summary>A load that starts, counts and remembers its token at once, and ends when the test says so.</summary>
internal sealed class ManualLoad
{
    // Continuations run inline on purpose: on the thread that ends the load, as in a driver's read loop.
    private readonly TaskCompletionSource<string> _end = new();
    private int _calls;

    public int Calls => _calls;

    public CancellationToken Token { get; private set; }

    public ValueTask<string> LoadAsync(string key, CancellationToken token)
    {
        Interlocked.Increment(ref _calls);
        Token = token;
        return new ValueTask<string>(_end.Task);
    }

    public void End(string value) => _end.SetResult(value);

    public void Fail(Exception error) => _end.SetException(error);
}

internal static class Patience
{
    /// <summary>Turns a hang into a failure.</summary>
    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().Soon();

    /// <inheritdoc cref="Soon{T}(ValueTask{T})"/>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);

    /// <inheritdoc cref="Soon{T}(ValueTask{T})"/>
    public static Task Soon(this Task task) => task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
}
