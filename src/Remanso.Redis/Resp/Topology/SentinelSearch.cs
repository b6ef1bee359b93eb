using Remanso.Redis.Resp.Sentinels;

namespace Remanso.Redis.Resp.Topology;

// Who was relieved goes on taking writes until the sentinels have made it a replica, some ten seconds later, and what it took
// until then is lost. So it is left as soon as the sentinels name another, whether that one can be used here or not: a write
// that is refused is not lost. Against what a sentinel may say that is not so:
//
// - One that was cut off still names the master of before, and so do for seconds those that have not heard of a fail-over
//   yet. Their epoch is lower than the one that is gone by here, and the master of until now stays where it says that it is
//   one. Where it does not, or was left already, more than half of them are believed (some may have been made anew); of
//   fewer nobody is asked until others answer.
// - One alone may speak for itself, while others name another. Where the server that it names says that it is a master,
//   that is enough, for it was promoted; where it can't be asked, more than half of them must say so, and never one of several.
// - Under the same epoch there was no fail-over: another address is then another name for the same server.
//
// A new master may be far away, or be connected to by all at once. That it can't be used is told where an attempt to connect
// was refused since it was named, or where it was waited for as long as connecting may take.

/// <summary>Looks where the sentinels say, as they say it then: they may think of another one before the first has
/// answered.</summary>
internal sealed class SentinelSearch(
    RedisOptions options,
    TimeProvider time,
    RedisTopology topology,
    NodeProbe probe,
    ISearchObserver observer,
    SentinelCircle circle
)
{
    // While there is no master: a sentinel that tells nothing of the new one is asked.
    private static readonly TimeSpan _betweenQuestions = TimeSpan.FromMilliseconds(50);

    // The newest with which a master was named that is gone by.
    private long _epoch = SentinelWord.NoEpoch;

    // Who is named and not used yet.
    private Claim? _claim;

    /// <exception cref="RedisConnectionException">No sentinel could be asked, no master is where they say, or it can't be
    /// used.</exception>
    /// <exception cref="RedisUnfitException">The master can't serve.</exception>
    public async Task<TopologySnapshot> RunAsync(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        Exception? error;
        do
        {
            (var snapshot, error) = await LookAsync(cancellation).ConfigureAwait(false);
            if (snapshot is not null)
            {
                _claim = null;
                return snapshot;
            }
            if (_claim is { IsAwaited: true } claim ? claim.IsToBeTold : error is RedisUnfitException)
            {
                break;
            }
            await circle.WaitAsync(_betweenQuestions, cancellation).ConfigureAwait(false);
        } while (!IsOver(began));
        throw _claim is { IsAwaited: true } unusable && (!unusable.IsTold || unusable.Error == error) ? Tell(unusable) : NotFound(error!);
    }

    // A new master has its time, however long the former one was looked for before.
    private bool IsOver(long began) =>
        time.GetElapsedTime(_claim is { IsAwaited: true } claim ? Math.Max(began, claim.Since) : began) > options.Timings.ConnectTimeout;

    /// <summary>Asks once, and goes where the answer leads.</summary>
    /// <returns>What the master serves; without one, why not.</returns>
    private async Task<(TopologySnapshot? Snapshot, Exception? Error)> LookAsync(CancellationToken cancellation)
    {
        if (await circle.FindMasterAsync(cancellation).ConfigureAwait(false) is not { } word)
        {
            return (null, circle.Unreachable());
        }
        var (finding, isNamed) = await AskAsync(word, cancellation).ConfigureAwait(false);
        if (finding.Snapshot is { } snapshot)
        {
            Follow(finding.Node, word);
            return (snapshot, null);
        }
        var error = finding.Error
            ?? new InvalidDataException($"Redis at {finding.Node}, which the sentinels name, says that it is a replica.");
        return (null, isNamed ? Note(finding, word, error) : error);
    }

    /// <summary>Asks the one that is named; where the sentinels may be behind, the master of until now. Nobody where that is none
    /// any more, and too few say so.</summary>
    /// <returns>What it said; and whether it is the one that is named, and believed to be.</returns>
    private async Task<(NodeFinding Finding, bool IsNamed)> AskAsync(SentinelWord word, CancellationToken cancellation)
    {
        var named = topology.NodeAt(word.Master);
        if (word.IsBehind(_epoch))
        {
            var own = topology.Master is { } master
                ? await probe.RunAsync(master, isFirst: false, cancellation).ConfigureAwait(false)
                : null;
            if (own?.Snapshot is not null)
            {
                return (own, false);
            }
            if (!word.IsOfMost)
            {
                return (
                    own is { Error: RedisUnfitException } ? own : new(own?.Node ?? named, Snapshot: null, Masters: null, Behind(word, own)),
                    false
                );
            }
        }
        if (_claim?.Node != named)
        {
            _claim = new(named, named.Commands.FailedAttempts, time.GetTimestamp(), _claim?.Left);
        }
        return (await probe.RunAsync(named, isFirst: false, cancellation).ConfigureAwait(false), true);
    }

    private RedisConnectionException Behind(SentinelWord word, NodeFinding? own) =>
        new(
            $"{(own is null ? "The" : own + "; the")} sentinels that answer name {word.Master} as the master, from before a fail-over "
                + $"that is known here (epoch {word.Epoch}, not {_epoch}), and are {word.Votes} of {word.Known}: more than half must "
                + "say so",
            mayHaveRun: false,
            own?.Error,
            reason: "Only sentinels from before a fail-over answer."
        );

    /// <summary>Notes why the one that is named can't be used, and leaves the master of until now for it where that was
    /// relieved.</summary>
    /// <returns>Why it can't be used.</returns>
    private Exception Note(NodeFinding finding, SentinelWord word, Exception error)
    {
        var claim = _claim!;
        if (topology.Master is { } former && former != claim.Node && finding.Error is not null && word.Relieves(_epoch))
        {
            Follow(claim.Node, word);
            claim = claim with { Left = former, Since = time.GetTimestamp() };
        }
        var isRefused = finding.Error is not null && claim.Node.Commands.FailedAttempts != claim.Attempts;
        error = isRefused ? claim.Node.Commands.WhyNot ?? error : error;
        _claim = claim with { Error = error, IsRefused = isRefused };
        return error;
    }

    private RedisException Tell(Claim claim)
    {
        if (!claim.IsTold)
        {
            observer.OnUnusable(claim.Node, claim.Left!, claim.Error!);
            _claim = claim with { IsTold = true };
        }
        return Unusable(claim.Node, claim.Error!);
    }

    private RedisException NotFound(Exception error) =>
        error switch
        {
            RedisUnfitException => new RedisUnfitException(error.Message, error),
            RedisConnectionException connection => connection,
            _ => new RedisConnectionException(
                $"No Redis master named {options.Sentinel!.MasterName} was found through the sentinels: {error.Message}",
                mayHaveRun: false,
                error
            ),
        };

    private static RedisException Unusable(RedisNode master, Exception error)
    {
        var message = $"The sentinels have made {master} the master, which can't be used here: {error.Message}";
        return error is RedisUnfitException
            ? new RedisUnfitException(message, error)
            : new RedisConnectionException(message, mayHaveRun: false, error);
    }

    /// <summary>Nothing goes to a master of before any more, and what it published is another's to say. Nor does a sentinel lead
    /// back to it that has not heard of that.</summary>
    private void Follow(RedisNode master, SentinelWord word)
    {
        var isTaken = word.IsOfMost && word.Master == master.EndPoint;
        _epoch = isTaken ? word.Epoch : Math.Max(_epoch, word.Epoch);
        var reason = new IOException($"The sentinels have made {master} the master");
        foreach (var former in topology.Nodes.Where(node => node.IsMaster && node != master))
        {
            topology.Leave(former, reason);
            observer.OnLeft(former, reason);
        }
    }

    /// <summary>That a server is named as the master.</summary>
    /// <param name="Node">The server.</param>
    /// <param name="Attempts">How many attempts to connect had failed there before. A connection that is lost says nothing: a
    /// replica ends its own as it is promoted.</param>
    /// <param name="Since">From when on it has time to become usable.</param>
    /// <param name="Left">Who was left for it, or for one that was named before it.</param>
    private sealed record Claim(RedisNode Node, int Attempts, long Since, RedisNode? Left)
    {
        /// <summary>Why it can't be used, by the last look.</summary>
        public Exception? Error { get; init; }

        /// <summary>Whether an attempt to connect has failed since it was named.</summary>
        public bool IsRefused { get; init; }

        /// <summary>Whether it was told that it can't be used.</summary>
        public bool IsTold { get; init; }

        /// <summary>Whether nobody is used meanwhile. Where the one that was left is named again nobody need know.</summary>
        public bool IsAwaited => Error is not null && Left is not null && Left != Node;

        /// <summary>Whether there is nothing to wait for. The first attempts are cut short where a name may stand for another server by
        /// the next.</summary>
        public bool IsToBeTold => IsRefused && !IsTold && Error!.InnerException is not OperationCanceledException;
    }
}
