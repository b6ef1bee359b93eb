namespace Remanso;

/// <summary>What becomes of a write that finds a limit of dirty entries, bytes or age reached.</summary>
public enum WhenFull
{
    /// <summary>It is refused at once, with the time after which another try makes sense.</summary>
    Refuse,

    /// <summary>It waits for room, then is refused. Writes of many keys at once are refused at once, each for itself.</summary>
    Wait,

    /// <summary>It goes past the tier into the store, in one transaction for many, with a version above the row's;
    /// what returns is <see cref="Durability.Stored"/>. Refused is what can't: a write whose key is dirty, one that
    /// adds or merges, one with an idempotency key, and any where the cache has no store. So the writers are held to
    /// the store's own pace.</summary>
    WriteThrough,
}
