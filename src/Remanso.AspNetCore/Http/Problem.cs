using System.Text.Json;

namespace Remanso.AspNetCore.Http;

/// <summary>An error as a client sees it: problem details (RFC 9457) and the headers that belong to them.</summary>
internal sealed record Problem(int Status, string Name, string Title, string Detail)
{
    private const string TypePrefix = "urn:remanso:problem:";

    /// <summary>The version that the error is about: the key's current one, or that of an accepted write.</summary>
    public long? Version { get; init; }

    /// <summary>Whether the write is accepted nevertheless; null where that is not known, or the error is no write's.</summary>
    public bool? Accepted { get; init; }

    /// <summary>After how many seconds another try makes sense.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The methods that the resource knows, for a 405.</summary>
    public string? Allow { get; init; }

    /// <summary>The media type of patches that the resource takes, for a 415 (RFC 5789).</summary>
    public string? AcceptPatch { get; init; }

    /// <summary>The codings of bodies that the resource takes, for a 415 (RFC 9110, 15.5.16).</summary>
    public string? AcceptEncoding { get; init; }

    /// <summary>What is wrong, one line each, where it is more than one thing.</summary>
    public IReadOnlyList<string>? Problems { get; init; }

    /// <summary>Answers a request with this problem.</summary>
    public Task SendAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        if (RetryAfterSeconds is { } seconds)
        {
            headers.RetryAfter = seconds.ToString(provider: null);
        }

        if (Allow is not null)
        {
            headers.Allow = Allow;
        }

        if (AcceptPatch is not null)
        {
            headers["Accept-Patch"] = AcceptPatch;
        }

        if (AcceptEncoding is not null)
        {
            headers.AcceptEncoding = AcceptEncoding;
        }

        if (Version is > 0)
        {
            headers.ETag = EntityTag.Of(Version.Value);
        }

        var json = JsonBuffer.Rent();
        Write(json.Writer);
        return json.SendAsync(context, Status, "application/problem+json");
    }

    /// <summary>Writes into an object what is told where this is the problem of one of many: beside its key, or in an
    /// event. The status and the version are the caller's, who has them of others, too.</summary>
    public void WriteBeside(Utf8JsonWriter writer)
    {
        writer.WriteString("type"u8, TypePrefix + Name);
        writer.WriteString("error"u8, Detail);
        if (Accepted is { } accepted)
        {
            writer.WriteBoolean("accepted"u8, accepted);
        }

        if (RetryAfterSeconds is { } seconds)
        {
            writer.WriteNumber("retryAfter"u8, seconds);
        }
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, TypePrefix + Name);
        writer.WriteString("title"u8, Title);
        writer.WriteNumber("status"u8, Status);
        writer.WriteString("detail"u8, Detail);
        if (Version is { } version)
        {
            writer.WriteNumber("version"u8, version);
        }

        if (Accepted is { } accepted)
        {
            writer.WriteBoolean("accepted"u8, accepted);
        }

        if (Problems is not null)
        {
            writer.WriteStartArray("problems"u8);
            foreach (var problem in Problems)
            {
                writer.WriteStringValue(problem);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
