using CsCheck;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Linearizability;

/// <summary>Calls of a memory tier at the same time come to what they come to one after the other, in some order, by the rules of
/// <see cref="TierModel"/>: every outcome, and what is there afterwards.</summary>
public sealed class TierLinearizability
{
    private static int _id;

    // A second partition's key: what is taken and told of both would be two steps.
    private static readonly string[] _keys = ["a", "b"];

    private static readonly Gen<TierOperation> _calls = Gen.Select(
        Gen.Enum<TierCall>(),
        Gen.Int[0, 3].Select(static one => _keys[one == 3 ? 1 : 0]),
        Gen.Int[0, 11],
        static (kind, key, number) => new TierOperation(NextId(), kind, key, number)
    );

    // Those that meet one another: of all kinds a long run is needed before a fill finds its lease.
    private static readonly Gen<TierOperation> _loads = Of(
        TierCall.Lease,
        TierCall.LeaseAnyway,
        TierCall.Fill,
        TierCall.Write,
        TierCall.RemoveTag,
        TierCall.Invalidate
    );

    // Without a write, which would leave nothing to fill.
    private static readonly Gen<TierOperation> _fills = Of(
        TierCall.Lease,
        TierCall.LeaseAnyway,
        TierCall.LeaseAnyway,
        TierCall.Fill,
        TierCall.Fill,
        TierCall.RemoveTag,
        TierCall.Release
    );

    private static readonly Gen<TierOperation> _flushes = Of(TierCall.Write, TierCall.Add, TierCall.Take, TierCall.Settle, TierCall.Replay);

    [Fact]
    public void The_keys_are_in_partitions_of_their_own() =>
        Assert.Equal(_keys.Length, _keys.Select(static key => Partition.Of(key, TierRun.Partitions)).Distinct().Count());

    [Fact]
    public void Calls_of_every_kind_are_linearizable() => Sample(_calls);

    [Fact]
    public void Loads_and_what_voids_them_are_linearizable() => Sample(_loads);

    [Fact]
    public void Fills_of_rival_holders_are_linearizable() => Sample(_fills);

    [Fact]
    public void Writes_and_flushes_are_linearizable() => Sample(_flushes);

    private static Gen<TierOperation> Of(params TierCall[] kinds) =>
        Gen.Select(Gen.Int[0, kinds.Length - 1], Gen.Int[0, 11], (kind, number) => new TierOperation(NextId(), kinds[kind], "a", number));

    private static int NextId() => Interlocked.Increment(ref _id);

    private static void Sample(Gen<TierOperation> calls) =>
        Gen.Const(static () => new TierRun())
            .Select(static run => (run, new TierModel(run.Now)))
            .SampleParallel(
                calls.Operation<TierRun, TierModel>(
                    static call => call.ToString(),
                    static (run, call) => run.Do(call),
                    static (model, call) => model.Do(call)
                ),
                equal: static (run, model) => run.Observe(_keys) == model.Observe(_keys),
                iter: Iterations.Count,
                maxSequentialOperations: 20,
                maxParallelOperations: 4,
                threads: 2,
                printActual: static run => run.Observe(_keys),
                printModel: static model => model.Observe(_keys)
            );
}
