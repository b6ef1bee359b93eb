using Remanso.Common;

namespace Remanso.Stores;

/// <summary>Asks a store for anything, from time to time. One that is out is waited for again: a store that never answers, or keeps
/// the thread that asks, is not asked by ever more calls.</summary>
/// <param name="ask">Asks it.</param>
/// <param name="patience">How long an answer is waited for in one go.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreQuestion(Func<CancellationToken, ValueTask> ask, TimeSpan patience, TimeProvider time)
{
    // What hangs on a connection that nobody will ever close must not hide that the store is back.
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(10);

    private Task _asked = Task.CompletedTask;
    private long _askedAt;

    /// <summary>Asks, or goes on waiting; one caller at a time.</summary>
    /// <param name="stop">Gives up waiting, and the question where it begins here.</param>
    /// <returns>Whether it answered; what it fails with is thrown.</returns>
    public async Task<bool> AskAsync(CancellationToken stop)
    {
        if (_asked.IsCompleted || time.GetElapsedTime(_askedAt) >= _longest)
        {
            _askedAt = time.GetTimestamp();
            _asked = ask(stop).AsTask();
            _asked.Forget();
        }

        var asked = _asked;
        await asked.WaitAsync(patience, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
        if (!asked.IsCompleted)
        {
            return false;
        }

        await asked.ConfigureAwait(false);
        return true;
    }
}
