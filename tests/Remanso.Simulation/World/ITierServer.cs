using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.Simulation.World;

/// <summary>The shared tier of a world, on a host of its own.</summary>
internal interface ITierServer
{
    Host Host { get; }

    /// <summary>How many entries are dirty.</summary>
    long Dirty { get; }

    /// <summary>What workers may have taken since it last forgot.</summary>
    IEnumerable<(string Key, CacheEntry Entry)> Taken { get; }

    /// <summary>What it holds of a key.</summary>
    CacheEntry? Peek(string key);

    ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync();

    /// <summary>A process's way to it.</summary>
    ITierLink Link(Dice dice, SimTime time, Host client, NetworkWeather weather, TierOptions options);

    /// <summary>Whether it can come back with what it had before.</summary>
    bool TakesCopies { get; }

    /// <summary>Remembers what it has now.</summary>
    void Copy();

    /// <summary>Starts again with nothing, or with what it had at the last copy: subscriptions broke, and are made anew.</summary>
    void Forget(bool hasCopy);
}
