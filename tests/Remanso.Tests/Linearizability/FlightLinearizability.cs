using System.Collections.Concurrent;
using CsCheck;
using Remanso.ReadThrough;
using Xunit;

namespace Remanso.Tests.Linearizability;

/// <summary>A caller may share a load, but none that had ended, or that was forgotten, before it asked: whatever order the calls come in,
/// each sees what it would see alone.</summary>
public sealed class FlightLinearizability
{
    // Who joins a flight that has landed waits for ever.
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(60);

    private static int _id;

    private static readonly Gen<(int Id, bool Forgets, string Key)> _steps = Gen.Select(Gen.Int[0, 3], Gen.Bool, static (kind, one) =>
        (Interlocked.Increment(ref _id), kind == 0, one ? "a" : "b")
    );

    [Fact]
    public void No_caller_gets_a_load_that_ended_or_was_forgotten_before_it_asked() =>
        Gen.Const(static () => 0)
            .Select(static _ => (new Run(), new Model()))
            .SampleParallel(
                _steps.Operation<Run, Model>(
                    static step => step.Forgets ? $"Forget({step.Key})" : $"Run({step.Key})",
                    static (run, step) => run.Do(step),
                    static (model, step) => model.Do(step)
                ),
                equal: static (run, model) => run.Outcomes.OrderBy(static pair => pair.Key).SequenceEqual(model.Outcomes),
                iter: Iterations.Count,
                maxSequentialOperations: 3,
                maxParallelOperations: 6,
                threads: 3
            );

    private sealed class Run
    {
        private readonly SingleFlight<string, int> _flights = new();
        private readonly ConcurrentDictionary<string, int> _begun = new();
        private readonly ConcurrentDictionary<string, int> _void = new();

        public ConcurrentDictionary<int, string> Outcomes { get; } = new();

        public void Do((int Id, bool Forgets, string Key) step) => Outcomes[step.Id] = step.Forgets ? Forget(step.Key) : Load(step.Key);

        private string Forget(string key)
        {
            // What has begun by now is what nobody may get who asks later.
            var begun = _begun.GetValueOrDefault(key);
            _flights.Forget(key);
            _void.AddOrUpdate(key, begun, (_, known) => Math.Max(known, begun));
            return "forgotten";
        }

        private string Load(string key)
        {
            var least = _void.GetValueOrDefault(key);
            var result = _flights.RunAsync(key, BeginAsync).AsTask().WaitAsync(_longest, TimeProvider.System).GetAwaiter().GetResult();
            return result.Value > least ? "fresh" : "old";
        }

        private async ValueTask<int> BeginAsync(string key, CancellationToken token)
        {
            var number = _begun.AddOrUpdate(key, 1, static (_, last) => last + 1);
            await Task.Yield();
            _void.AddOrUpdate(key, number - 1, (_, known) => Math.Max(known, number - 1));
            return number;
        }
    }

    private sealed class Model
    {
        public SortedDictionary<int, string> Outcomes { get; } = [];

        public void Do((int Id, bool Forgets, string Key) step) => Outcomes[step.Id] = step.Forgets ? "forgotten" : "fresh";
    }
}
