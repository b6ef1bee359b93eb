namespace Remanso.Tiers;

/// <summary>What becomes of a write that finds a limit of dirty entries or bytes reached.</summary>
public enum WhenFull
{
    /// <summary>It is refused at once, with the time after which another try makes sense.</summary>
    Refuse,

    /// <summary>It waits for room, then is refused. Writes of many keys at once are refused at once, each for itself.</summary>
    Wait,
}
