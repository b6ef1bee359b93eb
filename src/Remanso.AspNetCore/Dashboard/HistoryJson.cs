using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;
using Remanso.Entries;

namespace Remanso.AspNetCore.Dashboard;

/// <summary>The last versions of a key as JSON, where its cache keeps them. The history may be as long as the key is
/// old: so many are read, and only values of a size that somebody looks at.</summary>
internal sealed class HistoryJson(ICacheRegistry registry, RemansoDashboardOptions options, IHostEnvironment? environment)
{
    /// <summary>How many versions are shown.</summary>
    public const int MostVersions = 20;

    /// <summary>The largest value that is shown, bytes.</summary>
    public const int MostBytes = 16 << 10;

    private readonly bool _shows = options.Shows(environment);

    /// <summary>Writes the member <c>history</c>; nothing where the cache keeps none.</summary>
    public async Task WriteAsync(Utf8JsonWriter writer, string cache, string key, CancellationToken stop)
    {
        IReadOnlyList<HistoryVersion>? versions;
        try
        {
            // One more, to know whether there are more. Where values are hidden none is read.
            versions = await registry.ReadHistoryAsync(cache, key, MostVersions + 1, _shows ? MostBytes : 0, stop);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested && ErrorMap.Explain(exception) is { } problem)
        {
            writer.WriteStartObject("history"u8);
            writer.WriteString(Names.Error, problem.Detail);
            writer.WriteEndObject();
            return;
        }

        if (versions is null)
        {
            return;
        }

        writer.WriteStartObject("history"u8);
        writer.WriteBoolean("cut"u8, versions.Count > MostVersions);
        writer.WriteStartArray("versions"u8);
        foreach (var version in versions.Take(MostVersions))
        {
            Write(writer, cache, key, version);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void Write(Utf8JsonWriter writer, string cache, string key, HistoryVersion version)
    {
        writer.WriteStartObject();
        ExactNumber.Write(writer, "version"u8, version.Version);
        writer.WriteNumber("storedAt"u8, version.StoredAt / 1000);
        writer.WriteBoolean("deleted"u8, version.Deleted);
        writer.WriteNumber("bytes"u8, version.Bytes);
        writer.WriteString("contentType"u8, version.ContentType);
        if (version.ExpiresAt != CacheEntry.Never)
        {
            writer.WriteNumber("expiresAt"u8, version.ExpiresAt / 1000);
        }

        if (_shows && !version.Deleted)
        {
            WriteValue(writer, cache, key, version);
        }

        writer.WriteEndObject();
    }

    private void WriteValue(Utf8JsonWriter writer, string cache, string key, HistoryVersion version)
    {
        if (version.Value is not { } bytes)
        {
            writer.WriteBoolean("large"u8, true);
            return;
        }

        var value = new RemansoShownValue(cache, key, version.ContentType, bytes);
        if ((options.Redact is { } redact ? redact(value) : value) is { Bytes: var shown })
        {
            writer.WriteBoolean("cut"u8, shown.Length > MostBytes);
            writer.WriteBase64String("value"u8, shown.Span[..Math.Min(shown.Length, MostBytes)]);
        }
        else
        {
            writer.WriteBoolean("redacted"u8, true);
        }
    }
}
