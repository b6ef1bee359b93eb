namespace Remanso.Stores;

// A process that flushes hears of its store all the time; one that does not would be ready while every read of it
// fails. So a failure counts until the store was read again, or for _memory: whoever is taken out of service by it gets
// no reads that could show that all is well. A load that took too long is no failure of the store: its key may be to
// blame.

/// <summary>What loads tell of the store: whether it could be read when it was asked last.</summary>
internal sealed class StoreHealth(TimeProvider time)
{
    private static readonly TimeSpan _memory = TimeSpan.FromSeconds(30);

    private volatile Failure? _last;
    private volatile string? _key;

    /// <summary>What is wrong, or null.</summary>
    public string? Problem => _last is { } last && time.GetElapsedTime(last.At) < _memory ? "the store can't be read: " + last.Error : null;

    /// <summary>A key that was asked for, as the store knows them; null before the first.</summary>
    public string? KnownKey => _key;

    public void Asked(string key) => _key = key;

    public void Answered()
    {
        if (_last is not null)
        {
            _last = null;
        }
    }

    public void Failed(Exception exception)
    {
        if (
            exception is not (TimeoutException or OperationCanceledException)
            && StoreErrors.IsTransient(exception)
            && !StoreErrors.IsOutOfMemory(exception)
        )
        {
            _last = new Failure(time.GetTimestamp(), exception.Message);
        }
    }

    private sealed record Failure(long At, string Error);
}
