namespace Remanso.Conformance.Faces;

/// <summary>A value that callers may change, so that none may have another's.</summary>
public sealed class Customer
{
    /// <summary>A name.</summary>
    public string? Name { get; set; }

    /// <summary>A list, in which a change would be seen by all who share it.</summary>
    public IList<int> Orders { get; init; } = [];
}
