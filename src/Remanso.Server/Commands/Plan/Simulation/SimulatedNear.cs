using Remanso.Entries;
using Remanso.Near;
using Remanso.Telemetry;

namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>The near cache of one process, which is the product's own.</summary>
internal sealed class SimulatedNear
{
    private readonly NearCache<string, ReadOnlyMemory<byte>> _near;

    private SimulatedNear(SimulatedWorld world)
    {
        _near = new(
            world.Tier,
            KeyCodec.For<string>(),
            ValueCodec.For<ReadOnlyMemory<byte>>(),
            world.Options,
            world.Time,
            new CacheCounters()
        );
        world.Tier.Subscribe(_near);
    }

    /// <summary>Makes one, where the cache has any.</summary>
    public static SimulatedNear? Of(SimulatedWorld world) => world.Options.Near.Enabled ? new SimulatedNear(world) : null;

    /// <summary>The copy of a key, if there is one that may be served.</summary>
    public CacheEntry? Find(string key) => _near.Find(key)?.Entry;

    /// <summary>To be called before the tier is asked.</summary>
    public NearTicket<string, ReadOnlyMemory<byte>> Begin(string key) => _near.Begin(key);

    /// <summary>Takes a copy of what a read found in the tier, or filled itself.</summary>
    public void Offer(in NearTicket<string, ReadOnlyMemory<byte>> ticket, string key, CacheEntry entry, bool isFilled) =>
        _near.Offer(
            ticket,
            key,
            new ReadResult<ReadOnlyMemory<byte>>(
                entry,
                entry.Value,
                isFilled ? ReadSource.Store : ReadSource.Tier,
                isFilled ? ReadFlags.Filled : ReadFlags.None
            )
        );
}
