namespace Remanso;

/// <summary>What a hit in the near cache gives to its caller.</summary>
public enum NearCopies
{
    /// <summary>The one decoded value, shared by all readers: a hit allocates nothing. Nobody may change it.</summary>
    Shared,

    /// <summary>A value decoded anew for each hit: each reader may do with it what it likes, and a hit costs the decoding.</summary>
    Decoded,
}
