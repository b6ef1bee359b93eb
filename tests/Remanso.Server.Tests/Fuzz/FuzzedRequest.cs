namespace Remanso.Server.Tests.Fuzz;

/// <summary>A request as bytes, with the statuses that are right for it. A request with one fault has one; with
/// several, that of any of them.</summary>
internal sealed record FuzzedRequest(byte[] Bytes, string Method, HashSet<int> Right)
{
    /// <summary>Notes what an answer of this status did to the entries.</summary>
    public Action<FuzzedAnswer> Note { get; init; } = static _ => { };

    /// <summary>Whether the server may end the connection after its answer: it can't tell where the next request begins.</summary>
    public bool MayEnd { get; init; }

    public override string ToString()
    {
        var text = Encoding.Latin1.GetString(Bytes.AsSpan(0, Math.Min(Bytes.Length, 1500)));
        return $"{text.Replace("\r\n", "\\r\\n\n", StringComparison.Ordinal)}\nright: {string.Join(", ", Right.Order())}";
    }
}

/// <summary>What came back.</summary>
internal sealed record FuzzedAnswer(int Status, string? ETag, string Head, string Body);
