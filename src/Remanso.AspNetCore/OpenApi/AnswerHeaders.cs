using Microsoft.OpenApi;

namespace Remanso.AspNetCore.OpenApi;

/// <summary>The headers of answers as OpenAPI writes them.</summary>
internal static class AnswerHeaders
{
    private static readonly (string Name, JsonSchemaType Type, string Meaning) _version = (
        "ETag",
        JsonSchemaType.String,
        "The version, in quotes: what If-Match and If-None-Match take."
    );

    private static readonly (string Name, JsonSchemaType Type, string Meaning) _versionOfProblem = (
        "ETag",
        JsonSchemaType.String,
        "The version of the problem, where that has one and the key was there."
    );

    private static readonly (string Name, JsonSchemaType Type, string Meaning) _status = (
        "Cache-Status",
        JsonSchemaType.String,
        "How the cache came by the answer (RFC 9211), such as Remanso; hit; detail=near. Of 504 for not-cached alone."
    );

    private static readonly (string Name, JsonSchemaType Type, string Meaning) _retry = (
        "Retry-After",
        JsonSchemaType.Integer,
        "After how many seconds another try makes sense."
    );

    private static readonly (string Name, JsonSchemaType Type, string Meaning) _challenge = (
        "WWW-Authenticate",
        JsonSchemaType.String,
        "What lacks (RFC 6750). Of 403 where that is a scope."
    );

    private static readonly (string Name, JsonSchemaType Type, string Meaning) _codings = (
        "Accept-Encoding",
        JsonSchemaType.String,
        "identity, where the body has a Content-Encoding."
    );

    private static readonly (string Name, JsonSchemaType Type, string Meaning) _patches = (
        "Accept-Patch",
        JsonSchemaType.String,
        "The media type of patches that is taken, where this one is of another."
    );

    private static readonly (string Name, JsonSchemaType Type, string Meaning)[] _ofReads =
    [
        _version,
        _status,
        ("Remanso-State", JsonSchemaType.String, "dirty: not yet in the database; else clean."),
        ("Remanso-Tags", JsonSchemaType.String, "The tags of the entry, percent-encoded, with commas between; not where there are none."),
        ("Age", JsonSchemaType.Integer, "For how many seconds the copy has been here; not where it was just loaded."),
    ];

    /// <summary>Those of a call's answers of a status; null where there are none.</summary>
    public static Dictionary<string, IOpenApiHeader>? Of(CallDescription call, int status)
    {
        var isRead = (call.Headers & CallHeaders.Read) != 0;
        (string Name, JsonSchemaType Type, string Meaning)[] headers = status switch
        {
            200 or 304 when isRead => _ofReads,
            200 or 202 when (call.Headers & CallHeaders.Written) != 0 => [_version],
            401 or 403 => [_challenge],
            404 when isRead => [_versionOfProblem, _status],
            409 or 412 => [_versionOfProblem],
            415 => call.Method == "PATCH" ? [_codings, _patches] : [_codings],
            429 => [_retry],
            503 when (call.Headers & CallHeaders.NoRetry) == 0 => [_retry],
            504 => [isRead ? _status : _versionOfProblem],
            _ => [],
        };
        return headers.Length == 0 ? null : headers.ToDictionary(static header => header.Name, Make, StringComparer.Ordinal);
    }

    private static IOpenApiHeader Make((string Name, JsonSchemaType Type, string Meaning) header) =>
        new OpenApiHeader
        {
            Description = header.Meaning,
            Schema = new OpenApiSchema { Type = header.Type },
        };
}
