namespace Remanso.Simulation.Scenarios;

/// <summary>What a client asks.</summary>
/// <param name="Kind">Which call.</param>
/// <param name="Key">Of which key.</param>
/// <param name="Think">How long the client waits before it.</param>
/// <param name="Durability">What a write asks for.</param>
/// <param name="Flag">A variant: a poisonous value, an idempotency key, a tag, a read that fills nothing.</param>
internal sealed record Step(
    StepKind Kind,
    string Key,
    TimeSpan Think,
    Durability Durability = Durability.Accepted,
    StepFlag Flag = StepFlag.None
);

internal enum StepKind
{
    Get,
    GetMany,
    GetFromStore,
    GetFromTier,
    Set,
    SetMany,
    SetIfUnchanged,
    SetIfAbsent,
    Remove,
    Increment,
    Append,
    Update,
    Invalidate,
    Expire,
    RemoveTag,
    Flush,
}

internal enum StepFlag
{
    None,
    Poison,
    Idempotent,
    Tagged,
    NotStored,
}
