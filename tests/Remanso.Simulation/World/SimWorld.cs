using System.Text;
using Remanso.Common;
using Remanso.Entries;
using Remanso.Simulation.History;
using Remanso.Simulation.Redis;
using Remanso.Simulation.Scenarios;
using Remanso.Tiers;

namespace Remanso.Simulation.World;

// A world goes through four acts. The processes start; clients ask while faults happen; then all that is broken is
// mended, and what was accepted must come into the database, dead letters only after it takes what it refused; at the
// end each process reads each key, and all stop as a host stops them.

/// <summary>Several processes of the product, what they stand on, and who uses them.</summary>
internal sealed class SimWorld
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);

    private static readonly string[] _probes = [.. Enumerable.Range(0, 12).Select(static number => $"probe{number}")];

    private readonly Scenario _scenario;
    private readonly Dice _dice;
    private readonly StoreServer _store;
    private readonly ITierServer? _server;
    private readonly JournalDisk? _disk;
    private readonly Slot[] _slots;
    private readonly List<Call> _calls = [];
    private readonly StepCheck _steps;

    /// <param name="scenario">What happens.</param>
    /// <param name="trace">Hears it.</param>
    /// <param name="redis">The server that the shared tier is on; null for the tier in memory.</param>
    public SimWorld(Scenario scenario, Action<string>? trace = null, RealRedis? redis = null)
    {
        _scenario = scenario;
        Kernel = new SimKernel(scenario.Seed) { Trace = trace };
        _dice = new Dice(scenario.Seed ^ 0xD1CE);
        Chance.Source = _dice.Split();
        _store = new StoreServer(Kernel) { HidesRow = scenario.HidesRow };
        _disk = scenario.HasJournal ? new JournalDisk() : null;
        _server =
            scenario.IsEmbedded ? null
            : redis is null ? new TierServer(Kernel, SimProcess.TierOptionsOf(scenario))
            : new RedisTierServer(Kernel, redis, SimProcess.TierOptionsOf(scenario));
        _slots =
        [
            .. scenario.Processes.Select(
                (plan, number) => new Slot(plan, number, WeatherOf(scenario.TierWeather), WeatherOf(scenario.StoreWeather))
            ),
        ];
        _steps = new StepCheck(_store, Peek);
    }

    public SimKernel Kernel { get; }

    /// <summary>What was asked and answered.</summary>
    public IReadOnlyList<Call> Calls => _calls;

    /// <summary>Whether an idempotency key is known for as long as this world lasts: the tier never forgets.</summary>
    public bool RemembersIdentities => !_scenario.Faults.Any(static fault => fault.Kind is FaultKind.TierForgets) && !_scenario.IsEmbedded;

    public SimProcess ProcessOf(int number) => _slots[number].Process!;

    /// <summary>Lives through the scenario.</summary>
    /// <exception cref="ViolationException">A promise was broken.</exception>
    public Task RunAsync() => Kernel.RunAsync(TellAsync(), _limit, _steps.Look);

    /// <summary>Waits until a process runs.</summary>
    public Task AliveAsync(int number) => _slots[number].Alive.Task;

    public Call Begin(Call call)
    {
        if (call.Start == 0)
        {
            call.Start = Kernel.Stamp();
            _calls.Add(call);
        }

        return call;
    }

    public void End(Call call)
    {
        call.End = Kernel.Stamp();
        if (Kernel.Trace is not null)
        {
            Kernel.Note($"{call}");
        }
    }

    public void EndWrite(Call call)
    {
        End(call);
        _steps.Acknowledged(call);
        if (call.Durability == Durability.Stored && _store.RowOf(call.Key).Version < call.Version)
        {
            throw new ViolationException($"Stored, but the store has {_store.RowOf(call.Key).Version}: {call}");
        }

        if (
            call.Durability == Durability.Logged
            && _disk!.RowOf(call.Key)?.Version is var logged
            && !(logged >= call.Version)
            && _store.RowOf(call.Key).Version < call.Version
        )
        {
            throw new ViolationException($"Logged, but the journal has {logged}: {call}");
        }
    }

    /// <summary>Whether a read may have looked past the tier: its process could not reach that shortly before.</summary>
    public bool MayReadPastTier(Call read) =>
        _slots[read.Process].Process?.Shared is { } tier && tier.FailedAt > (read.Start >> 14) - (5 * TimeSpan.TicksPerSecond);

    private static NetworkWeather WeatherOf(Weather weather) =>
        new()
        {
            Refuses = weather.Refuses,
            LosesRequests = weather.LosesRequests,
            LosesReplies = weather.LosesReplies,
            Lingers = weather.Lingers,
            Latency = TimeSpan.FromMilliseconds(weather.LatencyMs),
        };

    private CacheEntry? Peek(string key) =>
        _server is not null ? _server.Peek(key)
        : _slots[0].Process is { Host.IsDead: false } process ? process.Own!.Peek(key)
        : null;

    /// <summary>Whether there may be several rows that the database refuses without a reason: of one alone it is known.</summary>
    public bool MayWaitForRefused => _store.HidesRow && DirtyNow() > 1;

    private async Task TellAsync()
    {
        await Task.WhenAll(_slots.Select(StartAsync)).ConfigureAwait(false);
        var faults = _scenario.Faults.Select(CauseAsync).ToArray();
        await Task.WhenAll(_scenario.Clients.Select((plan, number) => new Client(this, number, plan).RunAsync())).ConfigureAwait(false);
        await Task.WhenAll(faults).ConfigureAwait(false);
        Calm();
        await CleanAsync().ConfigureAwait(false);
        await Task.WhenAll(_slots.Select(ReadAllAsync)).ConfigureAwait(false);
        await Task.WhenAll(_slots.Select(static slot => slot.Process!.StopAsync())).ConfigureAwait(false);
        new HistoryCheck(_store, BlindnessOf).Check(_calls);
    }

    private async Task StartAsync(Slot slot)
    {
        var host = new Host($"p{slot.Number}");
        var time = new SimTime(Kernel, host);
        var process = new SimProcess(
            _scenario,
            slot.Plan,
            host,
            time,
            new SimStore(Kernel, _dice.Split(), _store, host, slot.StoreWeather),
            _server is null ? null : options => _server.Link(_dice.Split(), time, host, slot.TierWeather, options),
            _disk is null ? null : new SimJournal(Kernel, _dice.Split(), _disk, host)
        );
        slot.Process = process;
        await process.StartAsync().ConfigureAwait(false);
        slot.Alive.TrySetResult();
    }

    private TimeSpan BlindnessOf(int process) =>
        SignalRelay.LongestBlindness
        + TimeSpan.FromMilliseconds(4 * _scenario.TierWeather.LatencyMs)
        + TimeSpan.FromTicks(
            _scenario
                .Faults.Where(fault => fault.Kind == FaultKind.Pause && fault.Process == process)
                .Sum(static fault => fault.Lasts.Ticks)
        );

    private void Calm()
    {
        Kernel.Note("calm");
        foreach (var slot in _slots)
        {
            slot.TierWeather.Calm();
            slot.StoreWeather.Calm();
            slot.Process!.Shared?.MendSignals();
        }

        if (_disk is not null)
        {
            _disk.Fails = 0;
        }
    }

    // All is mended: what was accepted comes into the database, and what that refuses stands alone as a dead letter.
    private async Task CleanAsync()
    {
        await UntilCleanAsync("what was accepted is stored").ConfigureAwait(false);
        MustBeDeadLetters(await ListDeadLettersAsync().ConfigureAwait(false));
        _store.TakesPoison = true;
        await ReplayDeadLettersAsync().ConfigureAwait(false);
        await UntilCleanAsync("what was replayed is stored").ConfigureAwait(false);
        var left = await ListDeadLettersAsync().ConfigureAwait(false);
        if (left.Count > 0)
        {
            throw new ViolationException($"a dead letter stayed after its replay: {left[0]}");
        }

        _steps.MustBeStored();
    }

    private async Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync() =>
        await (_server?.ListDeadLettersAsync() ?? _slots[0].Process!.Own!.ListDeadLettersAsync(100, CancellationToken.None)).ConfigureAwait(
            false
        );

    private async Task ReplayDeadLettersAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await _slots[0].Process!.Cache.Operations.ReplayDeadLettersAsync(new DeadLetterFilter()).ConfigureAwait(false);
                return;
            }
            catch (TierUnavailableException) when (attempt < 100)
            {
                // The process has not noticed yet that all is well.
            }

            await Kernel.Delay(_store.Host, TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
        }
    }

    // A dead letter is its key's entry: a newer write ends it.
    private void MustBeDeadLetters(IReadOnlyList<DeadLetter> letters)
    {
        foreach (var letter in letters)
        {
            if (Peek(letter.Key) is not { IsDeadLetter: true } entry || entry.Version != letter.Version)
            {
                throw new ViolationException($"{letter.Key} has a dead letter of version {letter.Version}, but is another by now");
            }
        }
    }

    private async Task UntilCleanAsync(string what)
    {
        var until = Kernel.Now + TimeSpan.FromSeconds(60).Ticks;
        for (var round = 1; DirtyNow() > 0; round++)
        {
            if (round % 40 == 0)
            {
                // What the database refuses without a reason becomes a dead letter once it takes something else of the same
                // worker: so there is something for each.
                await ProbeAsync().ConfigureAwait(false);
            }

            if (Kernel.Now > until)
            {
                throw new ViolationException($"it does not come to pass that {what}: {DirtyNow()} entries stay dirty");
            }

            await Kernel.Delay(_store.Host, TimeSpan.FromMilliseconds(25)).ConfigureAwait(false);
        }
    }

    private async Task ProbeAsync()
    {
        try
        {
            await _slots[0]
                .Process!.Cache.SetManyAsync([.. _probes.Select(static key => KeyValuePair.Create(key, "1"))])
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is BackPressureException or TierUnavailableException)
        {
            // There is enough to flush, or the process has not noticed yet that all is well.
        }
    }

    private long DirtyNow() => _server?.Dirty ?? _slots[0].Process!.Own!.Dirty.Entries;

    private Task ReadAllAsync(Slot slot)
    {
        Step[] steps =
        [
            .. _calls
                .Select(static call => call.Key)
                .Distinct()
                .Order(StringComparer.Ordinal)
                .SelectMany(static key =>
                    new[] { new Step(StepKind.Get, key, TimeSpan.Zero), new Step(StepKind.GetFromStore, key, TimeSpan.FromMilliseconds(1)) }
                ),
        ];
        return new Client(this, 100 + slot.Number, new ClientPlan(slot.Number, steps)).RunAsync();
    }

    private async Task CauseAsync(Fault fault)
    {
        var slot = _slots[fault.Process];
        var calendar = new Host("faults");
        var hasCopy = _server is { TakesCopies: true } && fault.FallsBack;
        if (hasCopy && fault.At > fault.Lasts)
        {
            await Kernel.Delay(calendar, fault.At - fault.Lasts).ConfigureAwait(false);
            _server!.Copy();
            await Kernel.Delay(calendar, fault.Lasts).ConfigureAwait(false);
        }
        else
        {
            hasCopy = false;
            await Kernel.Delay(calendar, fault.At).ConfigureAwait(false);
        }

        Kernel.Note($"{fault}");
        switch (fault.Kind)
        {
            case FaultKind.Crash when slot.Alive.Task.IsCompleted:
                await EndAsync(slot, fault.Lasts, static _ => Task.CompletedTask).ConfigureAwait(false);
                break;
            case FaultKind.Restart when slot.Alive.Task.IsCompleted:
                await EndAsync(slot, fault.Lasts, static process => process.StopAsync()).ConfigureAwait(false);
                break;
            case FaultKind.Pause:
                slot.Process!.Host.PausedUntil = Kernel.Now + fault.Lasts.Ticks;
                break;
            case FaultKind.PauseTier when _server is not null:
                _server.Host.PausedUntil = Kernel.Now + fault.Lasts.Ticks;
                break;
            case FaultKind.CutTier or FaultKind.CutStore:
                var weather = fault.Kind == FaultKind.CutTier ? slot.TierWeather : slot.StoreWeather;
                weather.IsCut = true;
                await Kernel.Delay(calendar, fault.Lasts).ConfigureAwait(false);
                weather.IsCut = false;
                break;
            case FaultKind.BreakSignals:
                slot.Process!.Shared?.BreakSignals();
                await Kernel.Delay(calendar, fault.Lasts).ConfigureAwait(false);
                slot.Process!.Shared?.MendSignals();
                break;
            case FaultKind.TierForgets when _server is not null:
                Forget(hasCopy);
                break;
            case FaultKind.ClockForward or FaultKind.ClockBack:
                var host = _server?.Host ?? slot.Process!.Host;
                host.ClockShift += fault.Kind == FaultKind.ClockForward ? fault.Lasts.Ticks : -fault.Lasts.Ticks;
                break;
            case FaultKind.DiskFails when _disk is not null:
                _disk.Fails = 0.7;
                await Kernel.Delay(calendar, fault.Lasts).ConfigureAwait(false);
                _disk.Fails = 0;
                break;
            default:
                break;
        }
    }

    private async Task EndAsync(Slot slot, TimeSpan lasts, Func<SimProcess, Task> stop)
    {
        slot.Alive = new();
        var at = Kernel.Stamp();
        try
        {
            await stop(slot.Process!).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Kernel.Fail(new ViolationException("a stop failed", exception));
        }

        var keys = _calls.Select(static call => call.Key).Distinct().ToArray();
        if (_scenario.IsEmbedded)
        {
            Reappears(at);
        }

        slot.Process!.Crash();
        _steps.Lost(_scenario.IsEmbedded ? keys : [], Kernel.Stamp(), _disk?.CoversUntil ?? 0);
        await Kernel.Delay(new Host("faults"), lasts).ConfigureAwait(false);
        if (_scenario.IsEmbedded)
        {
            foreach (var key in keys)
            {
                _calls.Add(LossOf(key, at, Left(key)));
            }
        }

        await StartAsync(slot).ConfigureAwait(false);
    }

    // What is found of a key afterwards: the entry of the journal or of the older copy, or the row, whichever is newer.
    private (long Version, string? Value) Left(string key)
    {
        var row = _store.RowOf(key);
        return (_disk is null ? DirtyOf(key) : _disk.RowOf(key)?.Entry) is { } entry && entry.Version > row.Version
            ? (entry.Version, TextOf(entry))
            : (row.Version, row.Value);
    }

    private CacheEntry? DirtyOf(string key) => _server?.Peek(key) is { IsDirty: true } entry ? entry : null;

    private static string? TextOf(CacheEntry entry) => entry.IsTombstone ? null : Encoding.UTF8.GetString(entry.Value.Span);

    private void Forget(bool hasCopy)
    {
        var at = Kernel.Stamp();
        var keys = _calls.Select(static call => call.Key).Distinct().ToArray();
        Reappears(at);
        _server!.Forget(hasCopy);
        _steps.Lost(keys, Kernel.Stamp());
        foreach (var key in keys)
        {
            _calls.Add(LossOf(key, at, Left(key)));
        }
    }

    private Call LossOf(string key, long at, (long Version, string? Value) left) =>
        new(-1, -1, key, CallKind.Loss, null)
        {
            Start = at,
            End = Kernel.Stamp(),
            Outcome = CallOutcome.Done,
            Version = left.Version,
            Value = left.Value,
        };

    // What a worker had taken, or sent to the database, may still come there.
    private void Reappears(long at)
    {
        foreach (var write in _store.UnderWay)
        {
            Reappear(at, write.Key, write.Version, StoreServer.TextOf(write));
        }

        foreach (var (key, entry) in _server?.Taken ?? [])
        {
            if (entry.Version > _store.RowOf(key).Version)
            {
                Reappear(at, key, entry.Version, TextOf(entry));
            }
        }
    }

    private void Reappear(long at, string key, long version, string? value) =>
        _calls.Add(new Call(-1, -1, key, value is null ? CallKind.Remove : CallKind.Set, value) { Start = at, Version = version });

    private sealed class Slot(ProcessPlan plan, int number, NetworkWeather tierWeather, NetworkWeather storeWeather)
    {
        public ProcessPlan Plan { get; } = plan;

        public int Number { get; } = number;

        public NetworkWeather TierWeather { get; } = tierWeather;

        public NetworkWeather StoreWeather { get; } = storeWeather;

        public SimProcess? Process { get; set; }

        public TaskCompletionSource Alive { get; set; } = new();
    }
}
