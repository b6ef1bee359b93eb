using System.Runtime.InteropServices;

namespace Remanso.Redis.Resp.Sentinels;

/// <summary>What the sentinels say together.</summary>
/// <param name="Master">Where the master is, by the newest answer.</param>
/// <param name="Epoch">How new that is: each fail-over has a higher one. <see cref="NoEpoch"/> where none tells.</param>
/// <param name="Votes">How many of them name this master.</param>
/// <param name="Asked">How many could be asked.</param>
/// <param name="Known">How many are known, here or to one of them.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SentinelWord(RedisEndPoint Master, long Epoch, int Votes, int Asked, int Known)
{
    /// <summary>The epoch where it is not told.</summary>
    public const long NoEpoch = -1;

    /// <summary>Whether more than half of all that are known say so.</summary>
    public bool IsOfMost => Votes * 2 > Known;

    /// <summary>Whether it is from before a fail-over that is known of: whoever says so was cut off since, or has not heard of it
    /// yet. What all say is not: they were made anew.</summary>
    /// <param name="epoch">The newest that a master was named with.</param>
    public bool IsBehind(long epoch) => Epoch != NoEpoch && Epoch < epoch && Votes < Known;

    /// <summary>Whether there was a fail-over, by more than one sentinel of several: what the master of until now still takes is
    /// lost. Under one epoch there was none: it may be the same server under another name.</summary>
    /// <param name="epoch">The newest that the master of until now was named with.</param>
    public bool Relieves(long epoch) =>
        IsOfMost ? Epoch == NoEpoch || Epoch != epoch : Epoch > epoch && epoch != NoEpoch && Votes > 1 && Votes * 2 > Asked;
}
