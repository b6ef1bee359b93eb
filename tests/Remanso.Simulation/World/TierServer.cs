using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.Simulation.World;

/// <summary>The shared tier: the product's own memory tier on a host of its own, which may forget everything.</summary>
internal sealed class TierServer : ITierServer
{
    private readonly SimKernel _kernel;
    private readonly TierOptions _options;
    private readonly List<TakenEntry> _taken = [];
    private readonly SimTime _time;
    private readonly List<(SignalRelay Relay, IDisposable Listens)> _relays = [];

    public TierServer(SimKernel kernel, TierOptions options)
    {
        Host = new Host("tier");
        _kernel = kernel;
        _options = options;
        _time = new SimTime(kernel, Host);
        Tier = new MemoryTier("sim", options, _time);
    }

    public Host Host { get; }

    public MemoryTier Tier { get; private set; }

    public IDisposable Subscribe(SignalRelay relay)
    {
        _relays.Add((relay, Tier.Subscribe(relay)));
        return new Leaving(this, relay);
    }

    public ITierLink Link(Dice dice, SimTime time, Host client, NetworkWeather weather, TierOptions options) =>
        new SimTier(_kernel, dice, this, client, weather);

    public bool TakesCopies => false;

    public void Copy() => throw new NotSupportedException("Memory has no older copy.");

    public void Forget(bool hasCopy)
    {
        Tier = new MemoryTier("sim", _options, _time);
        _taken.Clear();
        var relays = _relays.ToArray();
        _relays.Clear();
        foreach (var (relay, listens) in relays)
        {
            listens.Dispose();
            relay.Break();
            _relays.Add((relay, Tier.Subscribe(relay)));
            relay.Mend();
        }
    }

    public IEnumerable<(string Key, CacheEntry Entry)> Taken => _taken.Select(static taken => (taken.Key, taken.Entry));

    public long Dirty => Tier.Dirty.Entries;

    /// <summary>Notes what a worker has taken.</summary>
    public void Take(IReadOnlyList<TakenEntry> taken) => _taken.AddRange(taken);

    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync() => Tier.ListDeadLettersAsync(100, CancellationToken.None);

    public CacheEntry? Peek(string key) => Tier.Peek(key);

    private void Leave(SignalRelay relay)
    {
        foreach (var (_, listens) in _relays.Where(one => one.Relay == relay))
        {
            listens.Dispose();
        }

        _relays.RemoveAll(one => one.Relay == relay);
    }

    private sealed class Leaving(TierServer server, SignalRelay relay) : IDisposable
    {
        public void Dispose() => server.Leave(relay);
    }
}
