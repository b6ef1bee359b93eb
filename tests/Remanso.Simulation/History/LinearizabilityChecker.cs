namespace Remanso.Simulation.History;

// Wing and Gong's search, with Lowe's memory of what was tried. What makes it fast here are the versions: a write that
// was answered tells its place among the others, and a read whose answer is the state may be taken at once, for it changes nothing.
// Sources: Wing, Gong, "Testing and Verifying Concurrent Objects" (1993); Lowe, "Testing for linearizability" (2017).

/// <summary>Decides whether there is one order of the calls of a key in which each has its answer and none comes before its call or
/// after its answer. A call whose answer nobody got may come at any time from its call on, or never.</summary>
internal static class LinearizabilityChecker
{
    /// <summary>How many calls of a key it takes.</summary>
    public const int MostCalls = 127;

    /// <returns>Null: there is such an order. Otherwise how far the best try came.</returns>
    public static string? Check(IReadOnlyCollection<Call> calls)
    {
        Call[] relevant = [.. calls.Where(static call => call.Outcome != CallOutcome.Refused).OrderBy(static call => call.Start)];
        if (relevant.Length > MostCalls)
        {
            throw new ArgumentException($"{relevant.Length} calls of a key are more than {MostCalls}.", nameof(calls));
        }

        var search = new Search(relevant);
        return search.Runs(UInt128.Zero, KeyState.Absent) ? null : search.Describe();
    }

    private sealed class Search(Call[] calls)
    {
        private readonly HashSet<(UInt128 Done, KeyState State)> _tried = [];
        private UInt128 _best;
        private int _bestCount = -1;
        private KeyState _bestState;

        public bool Runs(UInt128 done, KeyState state)
        {
            (done, state) = TakeReads(done, state);
            Note(done, state);
            var limit = Limit(done);
            if (limit == long.MaxValue && !calls.Where((call, index) => !Has(done, index) && IsRequired(call)).Any())
            {
                return true;
            }

            if (!_tried.Add((done, state)))
            {
                return false;
            }

            foreach (var index in Candidates(done, limit))
            {
                if (state.After(calls[index]) is { } next && Runs(done | (UInt128.One << index), next))
                {
                    return true;
                }
            }

            return false;
        }

        public string Describe()
        {
            var left = calls.Where((_, index) => !Has(_best, index)).OrderBy(static call => call.Start).Take(12);
            var taken = calls.Where((_, index) => Has(_best, index)).OrderBy(static call => call.Version).TakeLast(12);
            return $"after\n  {string.Join("\n  ", taken)}\n"
                + $"the key is {_bestState.Value ?? "(absent)"} at {_bestState.Version}, and none of these can come next:\n  "
                + string.Join("\n  ", left);
        }

        private static bool IsRequired(Call call) => call.Outcome != CallOutcome.Unknown;

        private static bool Has(UInt128 done, int index) => ((done >> index) & 1) != 0;

        private (UInt128 Done, KeyState State) TakeReads(UInt128 done, KeyState state)
        {
            var limit = Limit(done);
            for (var index = 0; index < calls.Length && calls[index].Start <= limit; index++)
            {
                if (!Has(done, index) && calls[index].IsRead && state.After(calls[index]) == state)
                {
                    done |= UInt128.One << index;
                    limit = Limit(done);
                }
            }

            return (done, state);
        }

        // Whoever has ended comes before whoever began later.
        private long Limit(UInt128 done)
        {
            var limit = long.MaxValue;
            for (var index = 0; index < calls.Length; index++)
            {
                if (!Has(done, index) && IsRequired(calls[index]))
                {
                    limit = Math.Min(limit, calls[index].End);
                }
            }

            return limit;
        }

        private IEnumerable<int> Candidates(UInt128 done, long limit) =>
            Enumerable
                .Range(0, calls.Length)
                .Where(index => !Has(done, index) && calls[index].Start <= limit)
                .OrderBy(index => IsRequired(calls[index]) ? 0 : 1)
                .ThenBy(index => calls[index].Version == 0 ? long.MaxValue : calls[index].Version);

        private void Note(UInt128 done, KeyState state)
        {
            var count = (int)UInt128.PopCount(done);
            if (count > _bestCount)
            {
                (_best, _bestCount, _bestState) = (done, count, state);
            }
        }
    }
}
