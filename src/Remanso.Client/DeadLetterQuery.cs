namespace Remanso.Client;

/// <summary>Which dead letters are meant: those for which all that is set holds.</summary>
public sealed record DeadLetterQuery
{
    /// <summary>All of them. An empty query is not that: nobody drops everything by omission.</summary>
    public static DeadLetterQuery All { get; } = new() { IsAll = true };

    /// <summary>A part of the error, in upper or lower case; needs the scope observe.</summary>
    public string? Error { get; init; }

    /// <summary>How the key begins.</summary>
    public string? Prefix { get; init; }

    /// <summary>The least age.</summary>
    public TimeSpan? OlderThan { get; init; }

    internal bool IsAll { get; private init; }
}
