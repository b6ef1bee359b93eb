using Remanso.Simulation.World;

namespace Remanso.Simulation.History;

/// <summary>Holds what clients were told against what the pages promise.</summary>
internal sealed class HistoryCheck(StoreServer store, Func<int, TimeSpan> blindness)
{
    private static readonly TimeSpan _longestQuery = TimeSpan.FromSeconds(1);

    /// <summary>Throws where no order of the calls fits, but for what <see cref="Allowed"/> allow.</summary>
    /// <exception cref="ViolationException">A promise is broken.</exception>
    public void Check(IReadOnlyList<Call> calls)
    {
        foreach (var ofKey in calls.GroupBy(static call => call.Key, StringComparer.Ordinal))
        {
            Check(ofKey.Key, [.. ofKey]);
        }
    }

    private void Check(string key, Call[] calls)
    {
        var ordered = new List<Call>();
        foreach (var call in calls)
        {
            if (!call.IsRead || call.Outcome != CallOutcome.Done || call.Way == ReadWay.Tier)
            {
                ordered.Add(call);
            }
            else if (call.Way == ReadWay.Near)
            {
                ordered.Add(Earlier(call, StartOfNear(call, calls)));
            }
            else if (call.Way is ReadWay.Store or ReadWay.PastTier)
            {
                if (!WasStored(call))
                {
                    ordered.Add(
                        call.Way == ReadWay.PastTier
                            ? call
                            : throw new ViolationException($"the database never held this while it was read: {call}")
                    );
                }
            }
            else
            {
                MustHaveBeenWritten(call, calls);
            }
        }

        if (LinearizabilityChecker.Check(ordered) is { } problem)
        {
            throw new ViolationException($"no order of the calls of {key} fits their answers: {problem}");
        }
    }

    // Allowed.Near and OwnWrites: a copy is as old as a notice may be late, but no older than the process's own writes.
    private long StartOfNear(Call read, Call[] calls)
    {
        var earliest = SimKernel.At((read.Start >> 14) - blindness(read.Process).Ticks);
        foreach (var write in calls)
        {
            if (
                !write.IsRead
                && write.Process == read.Process
                && write.Outcome == CallOutcome.Done
                && write.End < read.Start
                && !WasLost(write, read, calls)
            )
            {
                if (read.Version != 0 && read.Version < write.Version)
                {
                    throw new ViolationException($"a process does not see its own write: {read} after {write}");
                }

                // The copy may be its own, and others may have written since; an absent one without a version is after it.
                earliest = Math.Max(earliest, read.Version == 0 ? write.End + 1 : write.Start);
            }
        }

        return Math.Min(earliest, read.Start);
    }

    private static bool WasLost(Call write, Call read, Call[] calls) =>
        calls.Any(loss => loss.Kind == CallKind.Loss && loss.Start >= write.Start && loss.Start <= read.End);

    // Allowed.PastTier, Joined and FromStore.
    private bool WasStored(Call read)
    {
        var rows = store.HistoryOf(read.Key);
        var start = read.Way == ReadWay.PastTier ? SimKernel.At((read.Start >> 14) - _longestQuery.Ticks) : read.Start;
        if (read.Value is null && (rows.Count == 0 || rows[0].Since > start))
        {
            return true;
        }

        for (var i = 0; i < rows.Count; i++)
        {
            var until = i + 1 < rows.Count ? rows[i + 1].Since : long.MaxValue;
            if (rows[i].Since <= read.End && until >= start && rows[i].Value == read.Value)
            {
                return true;
            }
        }

        return false;
    }

    // Allowed.Stale.
    private static void MustHaveBeenWritten(Call read, Call[] calls)
    {
        var isKnown =
            read.Value is null
            || read.Key[0] != 'v'
            || calls.Any(call =>
                !call.IsRead && call.Start <= read.End && (call.Argument == read.Value || call.Kind is CallKind.Update or CallKind.Loss)
            );
        if (!isKnown)
        {
            throw new ViolationException($"nobody wrote this: {read}");
        }
    }

    private static Call Earlier(Call read, long start) =>
        new(read.Client, read.Process, read.Key, read.Kind, read.Argument)
        {
            Start = start,
            End = read.End,
            Outcome = read.Outcome,
            Version = read.Version,
            Value = read.Value,
            Way = read.Way,
        };
}
