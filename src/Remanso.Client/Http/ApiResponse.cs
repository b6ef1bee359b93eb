using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Remanso.Client.Http;

/// <summary>An answer of the API, whole.</summary>
internal sealed class ApiResponse(int status, HttpResponseHeaders headers, string? contentType, byte[] body, RemansoApiException? error)
{
    public int Status => status;

    public HttpResponseHeaders Headers => headers;

    public string? ContentType => contentType;

    public byte[] Body => body;

    /// <summary>The problem that the call tolerates; null where there is none.</summary>
    public RemansoApiException? Error => error;

    /// <summary>The version in <c>ETag</c>; 0 where there is none.</summary>
    public long Version => ApiFields.VersionOf(headers.ETag?.Tag) ?? 0;

    /// <summary>A field with one value; null where it is missing.</summary>
    public string? Field(string name) => headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    /// <summary>The body as JSON.</summary>
    /// <exception cref="RemansoApiException">It is something else.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw ApiErrors.NotJson(status);
        }
        catch (JsonException)
        {
            throw ApiErrors.NotJson(status);
        }
    }
}
