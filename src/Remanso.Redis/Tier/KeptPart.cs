namespace Remanso.Redis.Tier;

/// <summary>How much to take of what is kept of one key.</summary>
/// <param name="Versions">How many versions, at most.</param>
/// <param name="MostBytes">With how many bytes of values it is enough; null where all of them fit.</param>
internal sealed record KeptPart(int Versions, long? MostBytes);
