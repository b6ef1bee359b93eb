using Remanso.Redis.Resp;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// A call to a server that is away takes its whole time-out, and those that waited behind it would each begin another.
// Half a time-out tells apart who came with that call from who came just before it failed: the former hear of it at
// once, the latter get a call, and nobody waits for much longer than one time-out and a half.

/// <summary>How long a write waits for its turn behind calls that found no server.</summary>
/// <param name="time">The clock.</param>
/// <param name="timeout">How long a call takes to fail.</param>
internal sealed class WritePatience(TimeProvider time, TimeSpan timeout)
{
    private readonly TimeSpan _most = timeout / 2;

    /// <summary>A write that begins to wait now.</summary>
    public WaitingWrite Wait(in TierWrite write, int count) => new(write, count, time.GetTimestamp());

    /// <summary>What those that waited for a call are to hear of its failure; null where it says nothing of theirs.</summary>
    public static TierUnavailableException? Unsent(Exception failure) =>
        failure is TierUnavailableException { InnerException: not RedisServerException } away
            ? new TierUnavailableException(away.Message, mayHaveHappened: false, away) { Reason = away.Reason }
            : null;

    /// <summary>Whether a write has waited for long enough.</summary>
    public bool IsOver(WaitingWrite write) => time.GetElapsedTime(write.Since) >= _most;

    /// <summary>Takes those that have waited for long enough from the front of a queue.</summary>
    public List<WaitingWrite> TakeFrom(Queue<WaitingWrite> waiting)
    {
        var over = new List<WaitingWrite>();
        while (waiting.TryPeek(out var first) && (!first.IsWanted || IsOver(first)))
        {
            over.Add(waiting.Dequeue());
        }

        return over;
    }
}
