namespace Remanso.Client.Http;

/// <summary>One call of the API; a request of HTTP is made of it for each try.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path below the server's address, escaped, with its query.</param>
internal sealed record ApiCall(HttpMethod Method, string Path)
{
    /// <summary>The body; null for none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>The body's media type.</summary>
    public string? ContentType { get; init; }

    /// <summary>Fields beside those that every request has.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields { get; init; } = [];

    /// <summary>Whether it may be sent again: a second time has no second effect.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>How long all its tries may take together, and the path of one for what is left of that; null for as long
    /// as they take.</summary>
    public (TimeSpan AtMost, Func<TimeSpan, string> PathFor)? Within { get; init; }

    /// <summary>The problems that are an answer to this call rather than an error.</summary>
    public IReadOnlyList<string> Tolerated { get; init; } = [];
}
