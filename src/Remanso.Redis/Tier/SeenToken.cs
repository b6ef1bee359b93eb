namespace Remanso.Redis.Tier;

/// <summary>What a partition said of how far it is.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Token">Its last token in this epoch.</param>
internal sealed record SeenToken(long Epoch, long Token)
{
    /// <summary>Whether it is further than another.</summary>
    public bool IsAfter(long epoch, long token) => Epoch > epoch || (Epoch == epoch && Token > token);

    /// <summary>Whether it is at least as far as another.</summary>
    public bool IsNotBefore(long epoch, long token) => Epoch > epoch || (Epoch == epoch && Token >= token);
}
