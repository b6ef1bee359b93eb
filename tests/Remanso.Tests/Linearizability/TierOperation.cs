namespace Remanso.Tests.Linearizability;

/// <summary>One call of a tier, as both the tier and its model can make it.</summary>
/// <param name="Id">Tells it apart from the others: under it stands what came of it.</param>
/// <param name="Kind">What is called.</param>
/// <param name="Key">The key.</param>
/// <param name="Number">Chooses the value, the version, the tag, what becomes of a settlement.</param>
internal sealed record TierOperation(int Id, TierCall Kind, string Key, int Number)
{
    /// <summary>The value that is written.</summary>
    public string Value => Number % 4 == 0 ? "text" : $"{Number}";

    /// <summary>The tag that is written, filled or removed; null for none.</summary>
    public string? Tag => Number % 3 == 0 ? null : $"tag{Number % 3}";

    /// <summary>Who asks for a fill lease, or fills.</summary>
    public long Holder => 1 + (Number % 2);

    /// <summary>The same, where there has to be one.</summary>
    public string SomeTag => $"tag{1 + (Number % 2)}";

    public override string ToString() => $"{Kind}({Key},{Number})";
}

/// <summary>What can be called.</summary>
internal enum TierCall
{
    Read,
    Write,
    Remove,
    WriteIfAbsent,
    WriteIfVersion,
    Add,
    Max,
    Lease,
    LeaseAnyway,
    Fill,
    Release,
    Invalidate,
    RemoveTag,
    Take,
    Settle,
    Replay,
    Drop,
}
