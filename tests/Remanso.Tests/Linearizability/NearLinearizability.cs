using System.Collections.Concurrent;
using System.Text;
using CsCheck;
using Remanso.Near;
using Remanso.Tests.Near;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Linearizability;

/// <summary>Reads that are under way in a near cache while changes are heard of: which copies it lets in and finds is what it would be one
/// after the other, in some order. The model has one key, so there is no neighbour to share its marks.</summary>
public sealed class NearLinearizability
{
    private const string Key = "key";

    private static int _id;

    private enum Call
    {
        Begin,
        Offer,
        OfferTagged,
        Find,
        Change,
        Invalidate,
        RemoveTag,
        Clear,
        Lose,
        Restore,
    }

    // What lets copies in comes more often than what throws all of them out.
    private static readonly Call[] _calls =
    [
        Call.Begin,
        Call.Begin,
        Call.Offer,
        Call.Offer,
        Call.Offer,
        Call.OfferTagged,
        Call.OfferTagged,
        Call.Find,
        Call.Change,
        Call.Change,
        Call.RemoveTag,
        Call.Invalidate,
        Call.Clear,
        Call.Lose,
        Call.Restore,
        Call.Restore,
    ];

    private static readonly Gen<Step> _steps = Gen.Select(Gen.Int[0, _calls.Length - 1], Gen.Int[1, 6], static (call, version) =>
        new Step(Interlocked.Increment(ref _id), _calls[call], version)
    );

    [Fact]
    public void Copies_and_notices_are_linearizable() =>
        Gen.Const(static () => 0)
            .Select(static _ => (new Run(), new Model()))
            .SampleParallel(
                _steps.Operation<Run, Model>(
                    static step => step.ToString(),
                    static (run, step) => run.Do(step),
                    static (model, step) => model.Do(step)
                ),
                equal: static (run, model) => run.Observe() == model.Observe(),
                iter: Iterations.Count,
                maxSequentialOperations: 20,
                maxParallelOperations: 4,
                threads: 2,
                printActual: static run => run.Observe(),
                printModel: static model => model.Observe()
            );

    private sealed record Step(int Id, Call Call, int Version)
    {
        public const int Tickets = 4;

        public int Ticket => (Version + (Id % 2)) % Tickets;
    }

    private sealed class Run
    {
        private readonly NearBed _bed = new();
        private readonly ConcurrentDictionary<int, string> _outcomes = new();
        private readonly Lock[] _numbers = [.. Enumerable.Range(0, Step.Tickets).Select(static _ => new Lock())];
        private readonly NearTicket<string, string>?[] _tickets = new NearTicket<string, string>?[Step.Tickets];

        public void Do(Step step) => _outcomes[step.Id] = Answer(step);

        public string Observe()
        {
            var seen = new StringBuilder();
            foreach (var (id, outcome) in _outcomes.OrderBy(static pair => pair.Key))
            {
                seen.AppendLine($"{id}: {outcome}");
            }

            return seen.Append(_bed.Value(Key)).ToString();
        }

        // Who finds no ticket found none before its read began, whatever was heard in between.
        private NearTicket<string, string>? Begun(int number)
        {
            lock (_numbers[number])
            {
                return _tickets[number];
            }
        }

        private string Answer(Step step)
        {
            ITierObserver heard = _bed.Near;
            switch (step.Call)
            {
                case Call.Begin:
                    lock (_numbers[step.Ticket])
                    {
                        _tickets[step.Ticket] ??= _bed.Near.Begin(Key);
                    }

                    return "began";
                case Call.Offer or Call.OfferTagged when Begun(step.Ticket) is { } ticket:
                    var tags = step.Call == Call.OfferTagged ? new[] { "tag" } : null;
                    _bed.Near.Offer(ticket, Key, NearBed.Read(NearBed.Entry(step.Version, tags: tags)));
                    return "offered";
                case Call.Find:
                    return _bed.Value(Key) ?? "-";
                case Call.Change:
                    heard.OnChanged(Key, step.Version);
                    return "heard";
                case Call.Invalidate:
                    heard.OnChanged(Key, 0);
                    return "heard";
                case Call.RemoveTag:
                    heard.OnTagRemoved("tag");
                    return "heard";
                case Call.Clear:
                    heard.OnCleared();
                    return "heard";
                case Call.Lose:
                    heard.OnLost();
                    return "heard";
                case Call.Restore:
                    heard.OnRestored();
                    return "heard";
                default:
                    return "nothing to offer";
            }
        }
    }

    // What was heard is a list; a copy comes in unless what was heard since its read began speaks against it.
    private sealed class Model
    {
        private readonly SortedDictionary<int, string> _outcomes = [];
        private readonly List<(Call What, int Version)> _heard = [];
        private readonly Dictionary<int, int> _tickets = [];
        private (int Version, bool IsTagged, bool IsOver)? _copy;
        private bool _isLost;

        public void Do(Step step) => _outcomes[step.Id] = Answer(step);

        public string Observe()
        {
            var seen = new StringBuilder();
            foreach (var (id, outcome) in _outcomes)
            {
                seen.AppendLine($"{id}: {outcome}");
            }

            return seen.Append(Value()).ToString();
        }

        private string? Value() => _copy is { IsOver: false } copy ? $"v{copy.Version}" : null;

        private string Answer(Step step)
        {
            switch (step.Call)
            {
                case Call.Begin:
                    _tickets.TryAdd(step.Ticket, _heard.Count);
                    return "began";
                case Call.Offer or Call.OfferTagged when _tickets.TryGetValue(step.Ticket, out var began):
                    Offer(step.Version, step.Call == Call.OfferTagged, began);
                    return "offered";
                case Call.Find:
                    return Value() ?? "-";
                case Call.Offer or Call.OfferTagged:
                    return "nothing to offer";
                default:
                    Hear(step);
                    return "heard";
            }
        }

        private void Offer(int version, bool isTagged, int began)
        {
            var since = _heard[began..];
            var isRefused =
                _isLost
                || since.Exists(static heard => heard.What is Call.Invalidate or Call.Clear or Call.Lose or Call.Restore)
                || (since.Exists(static heard => heard.What == Call.Change) && version < Highest())
                || (isTagged && since.Exists(static heard => heard.What == Call.RemoveTag));

            // Also where its tag was removed: what readers have seen keeps out what is older.
            if (!isRefused && (_copy is null || _copy.Value.Version <= version))
            {
                _copy = (version, isTagged, IsOver: false);
            }
        }

        // What was heard before it was emptied is no mark of the new table.
        private int Highest() =>
            _heard
                .Skip(_heard.FindLastIndex(static heard => heard.What is Call.Clear or Call.Lose or Call.Restore) + 1)
                .Where(static heard => heard.What == Call.Change)
                .Select(static heard => heard.Version)
                .DefaultIfEmpty()
                .Max();

        private void Hear(Step step)
        {
            _heard.Add((step.Call, step.Version));
            _isLost = step.Call == Call.Lose || (_isLost && step.Call != Call.Restore);
            _copy = step.Call switch
            {
                Call.Change when _copy?.Version >= step.Version => _copy,
                Call.RemoveTag when _copy is { } copy => copy with { IsOver = copy.IsOver || copy.IsTagged },
                _ => null,
            };
        }
    }
}
