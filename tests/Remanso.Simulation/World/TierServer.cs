using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.Simulation.World;

/// <summary>The shared tier: the product's own memory tier on a host of its own, which may forget everything.</summary>
internal sealed class TierServer
{
    private readonly TierOptions _options;
    private readonly SimTime _time;
    private readonly List<(SignalRelay Relay, IDisposable Listens)> _relays = [];

    public TierServer(SimKernel kernel, TierOptions options)
    {
        Host = new Host("tier");
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

    /// <summary>Starts again, empty: subscriptions broke, and are made anew.</summary>
    public void Forget()
    {
        Tier = new MemoryTier("sim", _options, _time);
        Taken.Clear();
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

    /// <summary>What workers have taken since it last forgot.</summary>
    public List<TakenEntry> Taken { get; } = [];

    /// <summary>What it holds of a key.</summary>
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
