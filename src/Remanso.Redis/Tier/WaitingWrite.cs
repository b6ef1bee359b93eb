using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>A write that waits for its turn, and whoever waits for it.</summary>
internal sealed class WaitingWrite(TierWrite write, int count, long since)
    : TaskCompletionSource<TierWriteResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>The write.</summary>
    public TierWrite Write => write;

    /// <summary>How many writes of its key it stands for.</summary>
    public int Count => count;

    /// <summary>When it began to wait, as a timestamp.</summary>
    public long Since => since;

    /// <summary>False where its caller has given up.</summary>
    public bool IsWanted => !Task.IsCompleted;

    /// <summary>Waits, until the caller gives up.</summary>
    public Task<TierWriteResult> WaitAsync(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? WaitOrGiveUpAsync(cancellationToken) : Task;

    private async Task<TierWriteResult> WaitOrGiveUpAsync(CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(static (me, token) => ((WaitingWrite)me!).TrySetCanceled(token), this))
        {
            return await Task.ConfigureAwait(false);
        }
    }
}
