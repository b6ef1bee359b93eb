namespace Remanso.Client;

/// <summary>The server refused a call, or could not do it.</summary>
public class RemansoApiException : Exception
{
    internal RemansoApiException(int status, string? code, string detail)
        : base($"{detail} ({status}{(code is null ? null : " " + code)})")
    {
        Status = status;
        Code = code;
        Detail = detail;
    }

    /// <summary>The status, such as 503.</summary>
    public int Status { get; }

    /// <summary>The name of the problem, such as <c>back-pressure</c>: its type without <c>urn:remanso:problem:</c>.
    /// Null where something else than the API answered.</summary>
    public string? Code { get; }

    /// <summary>What is wrong, for people.</summary>
    public string Detail { get; }

    /// <summary>After how long another try makes sense; null where the server does not say.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>The key's current version (0: absent), or that of the accepted write; null where the error has nothing
    /// to do with one.</summary>
    public long? Version { get; internal init; }

    /// <summary>Whether the write is accepted nevertheless; null where it is no write's error, and where the server does not
    /// say: with a <see cref="Status"/> below 500 nothing was written then, and with another one it may be.</summary>
    public bool? IsAccepted { get; internal init; }

    /// <summary>What the server says is missing, a line each.</summary>
    internal IReadOnlyList<string>? Problems { get; init; }
}
