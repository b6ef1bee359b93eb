namespace Remanso.Simulation.Scenarios;

/// <summary>Makes scenarios from seeds: each has a temper of its own, from calm to everything at once.</summary>
internal static class ScenarioMaker
{
    private static readonly string[] _plain = ["v0", "v1", "v2"];

    private static readonly (StepKind Kind, int Weight)[] _kinds =
    [
        (StepKind.Get, 30),
        (StepKind.GetMany, 4),
        (StepKind.GetFromTier, 2),
        (StepKind.GetFromStore, 2),
        (StepKind.Set, 22),
        (StepKind.SetMany, 3),
        (StepKind.SetIfUnchanged, 6),
        (StepKind.SetIfAbsent, 3),
        (StepKind.Remove, 6),
        (StepKind.Increment, 10),
        (StepKind.Append, 4),
        (StepKind.Update, 4),
        (StepKind.Invalidate, 4),
        (StepKind.Expire, 2),
        (StepKind.RemoveTag, 2),
        (StepKind.Flush, 1),
    ];

    public static Scenario Make(ulong seed)
    {
        var dice = new Dice(seed);
        var isEmbedded = dice.Is(0.3);
        var hasJournal = isEmbedded && dice.Is(0.6);
        var processes = isEmbedded ? 1 : dice.Next(1, 4);
        var fury = dice.NextDouble();
        var isNarrow = dice.Is(0.2);
        ProcessPlan[] plans =
        [
            .. Enumerable
                .Range(0, processes)
                .Select(number => new ProcessPlan(Flushes: number == 0 || dice.Is(0.6), HasNear: dice.Is(0.5))),
        ];
        return new Scenario
        {
            Seed = seed,
            IsEmbedded = isEmbedded,
            HasJournal = hasJournal,
            Partitions = dice.Next(1, 4),
            FlushInterval = TimeSpan.FromMilliseconds(dice.Pick([15, 40, 100])),
            BatchSize = dice.Pick([1, 2, 10]),
            BatchesInFlight = dice.Next(1, 3),
            // The longest outlives its world; Redis settles entries without a look only from a minute on.
            Ttl = TimeSpan.FromMilliseconds(dice.Pick([40, 200, 800, 90_000])),
            Grace = TimeSpan.FromMilliseconds(dice.Pick([0, 500, 3000])),
            Lease = TimeSpan.FromMilliseconds(dice.Pick([1000, 1500, 3000])),
            MaxDirty = isNarrow ? dice.Next(2, 6) : 1000,

            // Where all that may be dirty is refused without a reason, nothing tells a bad row from a bad database.
            HidesRow = !isNarrow && dice.Is(0.3),
            Processes = plans,
            Clients = [.. Enumerable.Range(0, dice.Next(2, 6)).Select(_ => ClientOf(dice, processes, hasJournal))],
            Faults = Fitting([
                .. Enumerable.Range(0, dice.Next((int)(1 + (fury * 5)))).Select(_ => FaultOf(dice, isEmbedded, hasJournal, processes)),
            ]),
            TierWeather = WeatherOf(dice, fury),
            StoreWeather = WeatherOf(dice, fury),
        };
    }

    private static ClientPlan ClientOf(Dice dice, int processes, bool hasJournal)
    {
        var thinks = dice.Pick([2, 20, 120]);
        return new ClientPlan(
            dice.Next(processes),
            [.. Enumerable.Range(0, dice.Next(4, 16)).Select(_ => StepOf(dice, TimeSpan.FromMilliseconds(thinks), hasJournal))]
        );
    }

    private static Step StepOf(Dice dice, TimeSpan thinks, bool hasJournal)
    {
        var kind = KindOf(dice);
        var key = kind switch
        {
            StepKind.Increment => "n0",
            StepKind.Append => "j0",
            StepKind.Update => "u0",
            StepKind.Get or StepKind.Invalidate or StepKind.Expire when dice.Is(0.3) => dice.Pick(["n0", "j0", "u0"]),
            _ => dice.Pick(_plain),
        };
        var flag = kind switch
        {
            StepKind.Set when dice.Is(0.06) => StepFlag.Poison,
            StepKind.Set or StepKind.SetIfAbsent when dice.Is(0.3) => StepFlag.Tagged,
            StepKind.Increment when dice.Is(0.5) => StepFlag.Idempotent,
            StepKind.Get when dice.Is(0.15) => StepFlag.NotStored,
            _ => StepFlag.None,
        };
        var durability =
            dice.Is(0.15) ? Durability.Stored
            : hasJournal && dice.Is(0.3) ? Durability.Logged
            : Durability.Accepted;
        return new Step(kind, key, dice.Wait(thinks * 2), durability, flag);
    }

    private static StepKind KindOf(Dice dice)
    {
        var drawn = dice.Next(_kinds.Sum(static kind => kind.Weight));
        foreach (var (kind, weight) in _kinds)
        {
            drawn -= weight;
            if (drawn < 0)
            {
                return kind;
            }
        }

        return StepKind.Get;
    }

    private static Fault FaultOf(Dice dice, bool isEmbedded, bool hasJournal, int processes)
    {
        FaultKind[] kinds = isEmbedded
            ? hasJournal
                ?
                [
                    FaultKind.Crash,
                    FaultKind.Crash,
                    FaultKind.Restart,
                    FaultKind.CutStore,
                    FaultKind.Pause,
                    FaultKind.ClockForward,
                    FaultKind.DiskFails,
                ]
                : [FaultKind.Crash, FaultKind.Restart, FaultKind.CutStore, FaultKind.Pause, FaultKind.ClockForward]
            :
            [
                FaultKind.Crash,
                FaultKind.Crash,
                FaultKind.Restart,
                FaultKind.Pause,
                FaultKind.CutTier,
                FaultKind.CutStore,
                FaultKind.BreakSignals,
                FaultKind.PauseTier,
                FaultKind.TierForgets,
                FaultKind.ClockForward,
                FaultKind.ClockBack,
            ];
        return new Fault(
            dice.Wait(TimeSpan.FromSeconds(2)),
            dice.Pick(kinds),
            dice.Next(processes),
            TimeSpan.FromMilliseconds(dice.Next(60, dice.Is(0.3) ? 4000 : 400))
        );
    }

    // A clock that is set back across a restart may cost writes (docs/explanation/versions.md).
    private static IReadOnlyList<Fault> Fitting(Fault[] faults) =>
        faults.Any(static fault => fault.Kind is FaultKind.TierForgets or FaultKind.Crash or FaultKind.Restart)
            ? [.. faults.Where(static fault => fault.Kind is not (FaultKind.ClockForward or FaultKind.ClockBack))]
            : faults;

    private static Weather WeatherOf(Dice dice, double fury) =>
        new(
            dice.Is(0.3) ? fury * 0.1 : 0,
            dice.Is(0.3) ? fury * 0.1 : 0,
            dice.Is(0.4) ? fury * 0.1 : 0,
            dice.Is(0.3) ? fury * 0.08 : 0,
            dice.Pick([1, 3, 15])
        );
}
