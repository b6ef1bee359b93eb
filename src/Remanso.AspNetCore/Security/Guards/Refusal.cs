using System.Globalization;
using System.Text.Json;

namespace Remanso.AspNetCore.Security.Guards;

/// <summary>Why a request is not answered: problem details (RFC 9457), and the headers that go with them.</summary>
internal sealed record Refusal(int Status, string Name, string Title, string Detail)
{
    /// <summary>Nothing was shown that says who asks.</summary>
    public static readonly Refusal NoKey = Unauthenticated(
        "This needs a key: send it in the header Authorization, after Bearer.",
        error: null
    );

    /// <summary>What was shown is no key of this server.</summary>
    public static readonly Refusal WrongKey = Unauthenticated("The key or token is not valid here.", "invalid_token");

    /// <summary>What was shown has no right form, or was mistyped.</summary>
    public static readonly Refusal MalformedKey = Unauthenticated("What was sent is no key, or only a part of one.", "invalid_token");

    /// <summary>What was shown was valid once.</summary>
    public static readonly Refusal ExpiredKey = Unauthenticated("The key or token has expired.", "invalid_token");

    /// <summary>A policy of the application refuses it.</summary>
    public static readonly Refusal NotGranted = new(
        StatusCodes.Status403Forbidden,
        "forbidden",
        "This is not granted",
        "The key or token does not grant this."
    );

    /// <summary>Tokens can't be checked now.</summary>
    public static readonly Refusal TokensUnavailable = new(
        StatusCodes.Status503ServiceUnavailable,
        "issuer-unavailable",
        "Tokens can't be checked now",
        "The issuer of tokens can't be reached, so its keys are not known."
    )
    {
        RetryAfterSeconds = 5,
    };

    /// <summary>There are no keys, and the caller is not on the same machine.</summary>
    public static readonly Refusal NotLocal = new(
        StatusCodes.Status403Forbidden,
        "not-local",
        "Only the same machine is answered",
        "There are no keys here, so only callers on the same machine are answered, and not through a proxy."
    );

    /// <summary>A page of another site sent it.</summary>
    public static readonly Refusal CrossSite = new(
        StatusCodes.Status403Forbidden,
        "cross-site",
        "A page of another site sent this",
        "Pages of other sites may not write here: Origin and Sec-Fetch-Site say that one did."
    );

    /// <summary>It was meant for another host.</summary>
    public static readonly Refusal WrongHost = new(
        StatusCodes.Status421MisdirectedRequest,
        "wrong-host",
        "This host name is not served here",
        "The request is for a host name that is not served here; names are set by Remanso:Security:Hosts."
    );

    /// <summary>Too much is under way.</summary>
    public static readonly Refusal Busy = new(
        StatusCodes.Status503ServiceUnavailable,
        "busy",
        "Too many requests are under way",
        "As many requests are under way as the server takes."
    )
    {
        RetryAfterSeconds = 1,
    };

    /// <summary>The challenge of a 401 (RFC 6750, section 3).</summary>
    public string? Challenge { get; init; }

    /// <summary>The scope that lacks.</summary>
    public string? Scope { get; init; }

    /// <summary>After how many seconds another try makes sense.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>A scope lacks, whatever the key.</summary>
    public static Refusal Forbidden(RemansoScopes scope, string? cache)
    {
        var name = RemansoScopeNames.Text(scope);
        return Lacks(scope, cache is null ? $"This needs the scope {name}." : $"This needs the scope {name} for the cache '{cache}'.");
    }

    /// <summary>A scope lacks for what the request turned out to ask for.</summary>
    public static Refusal Forbidden(RemansoAccessDeniedException denied) => Lacks(denied.Scope, denied.Message);

    private static Refusal Lacks(RemansoScopes scope, string detail)
    {
        var name = RemansoScopeNames.Text(scope);
        return new Refusal(StatusCodes.Status403Forbidden, "forbidden", "This is not granted", detail)
        {
            Scope = name,
            Challenge = $"Bearer realm=\"remanso\", error=\"insufficient_scope\", scope=\"{name}\"",
        };
    }

    /// <summary>Too many wrong keys came from there.</summary>
    public static Refusal TooManyWrongKeys(int seconds) =>
        new(
            StatusCodes.Status429TooManyRequests,
            "too-many-wrong-keys",
            "Too many wrong keys came from this address",
            "Too many wrong keys came from this address. A right one is taken at any time."
        )
        {
            RetryAfterSeconds = seconds,
        };

    /// <summary>A key's rate is used up.</summary>
    public static Refusal TooManyRequests(int seconds) =>
        new(StatusCodes.Status429TooManyRequests, "rate-limited", "This key asks too often", "This key has used up its rate of requests.")
        {
            RetryAfterSeconds = seconds,
        };

    /// <summary>Answers the request with it.</summary>
    public async Task SendAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            // The status is out: a broken connection is the only honest end of half an answer.
            context.Abort();
            return;
        }

        response.Clear();
        response.StatusCode = Status;
        var headers = response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.WWWAuthenticate = Challenge;
        headers.RetryAfter = RetryAfterSeconds?.ToString(CultureInfo.InvariantCulture);
        response.ContentType = "application/problem+json";
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new RefusalBody("urn:remanso:problem:" + Name, Title, Status, Detail, Scope),
            RefusalJsonContext.Default.RefusalBody
        );
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    private static Refusal Unauthenticated(string detail, string? error) =>
        new(StatusCodes.Status401Unauthorized, "unauthenticated", "Who asks is not known", detail)
        {
            Challenge = error is null ? "Bearer realm=\"remanso\"" : $"Bearer realm=\"remanso\", error=\"{error}\"",
        };
}
