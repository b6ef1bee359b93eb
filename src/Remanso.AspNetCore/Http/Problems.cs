using System.Globalization;

namespace Remanso.AspNetCore.Http;

/// <summary>The problems that the server itself finds in a request.</summary>
internal static class Problems
{
    public static ProblemException BadRequest(string detail) =>
        new(new Problem(StatusCodes.Status400BadRequest, "bad-request", "The request is not valid", detail));

    public static ProblemException MalformedJson(string detail) =>
        new(new Problem(StatusCodes.Status400BadRequest, "malformed-json", "The body is not the JSON that is expected here", detail));

    public static ProblemException BodyTooLarge(long limit) =>
        new(
            new Problem(
                StatusCodes.Status413PayloadTooLarge,
                "body-too-large",
                "The body is too large",
                string.Create(CultureInfo.InvariantCulture, $"The body is larger than {limit} bytes, the limit of this resource.")
            )
        );

    /// <summary>The budget of bytes has no room.</summary>
    public static ProblemException Busy() =>
        Busy("The bodies and answers of other requests take all the room that there is; try again, or send less at a time.");

    private static ProblemException Busy(string detail) =>
        new(
            new Problem(StatusCodes.Status503ServiceUnavailable, "busy", "The server holds as much for its callers as it may", detail)
            {
                RetryAfterSeconds = 1,
            }
        );

    /// <summary>As many answers as may last as long as their clients like.</summary>
    public static ProblemException TooManyLasting() =>
        Busy("As many watches and waits are under way as may be, which is half of MaxRequests; end one, or try again.");

    /// <summary>Somebody else tries the cache out.</summary>
    public static ProblemException TriedAlready() =>
        Busy("Another trial of the dashboard runs in this process; try again when it is over.");

    /// <summary>The body takes too long.</summary>
    public static ProblemException TooSlow() =>
        new(
            new Problem(
                StatusCodes.Status408RequestTimeout,
                "too-slow",
                "The body takes too long",
                "The body did not arrive in time; send less at a time, or faster."
            )
        );

    /// <summary>As many pages look as may.</summary>
    public static ProblemException TooManyViewers() =>
        new(
            new Problem(
                StatusCodes.Status503ServiceUnavailable,
                "too-many-viewers",
                "Too many pages of the dashboard are open",
                "As many pages of the dashboard are open as this process serves; close one, or try again."
            )
            {
                RetryAfterSeconds = 5,
            }
        );

    /// <summary>A fault of the server itself.</summary>
    public static Problem Failed(string detail) =>
        new(StatusCodes.Status500InternalServerError, "internal-error", "The server failed", detail);

    public static Problem NotFound(string detail) => new(StatusCodes.Status404NotFound, "not-found", "There is no such resource", detail);

    public static Problem NothingAt(ReadOnlySpan<char> path) => NotFound($"There is nothing at {path}; / lists what there is.");

    public static Problem UnknownCache(string name) =>
        new(
            StatusCodes.Status404NotFound,
            "unknown-cache",
            "There is no such cache",
            $"The cache '{name}' is not declared. A server declares caches under Remanso:Caches, an application by AddCache."
        );

    public static Problem CacheOfOtherTypes(string name) =>
        new(
            StatusCodes.Status404NotFound,
            "unknown-cache",
            "There is no such cache here",
            $"The cache '{name}' is declared, but not for HTTP: it has other types than text keys and bytes "
                + "(AddCache<string, ReadOnlyMemory<byte>>)."
        );

    public static Problem AbsentKey(string key, long version) =>
        new(StatusCodes.Status404NotFound, "absent-key", "The key is absent", $"The key '{key}' has no value.")
        {
            Version = version == 0 ? null : version,
        };

    public static Problem NotCached(string key) =>
        new(
            StatusCodes.Status504GatewayTimeout,
            "not-cached",
            "There is no copy that the request allows",
            $"The key '{key}' has no copy in the cache that the Cache-Control of the request allows, and only-if-cached forbids a load."
        );

    public static Problem ReadTimeout() =>
        new(
            StatusCodes.Status504GatewayTimeout,
            "read-timeout",
            "The read did not come back in time",
            "The read did not come back within the timeout of the request, and there is no copy that it allows."
        );

    public static Problem NoDeadLetter(string key) =>
        new(
            StatusCodes.Status404NotFound,
            "no-dead-letter",
            "The key is no dead letter",
            $"The key '{key}' is no dead letter: it never was one, or it was written, replayed or dropped meanwhile."
        );

    public static ProblemException UnsupportedPatch() =>
        new(
            new Problem(
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported-patch",
                "The patch is of a type that is not known here",
                $"PATCH takes {MediaTypes.MergePatch} (RFC 7396); the Content-Type must say so."
            )
            {
                AcceptPatch = MediaTypes.MergePatch,
            }
        );

    /// <summary>The body is compressed.</summary>
    public static ProblemException UnsupportedCoding() =>
        new(
            new Problem(
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported-coding",
                "The body has a Content-Encoding",
                "The body has a Content-Encoding, which would not be kept; send it as it is."
            )
            {
                AcceptEncoding = "identity",
            }
        );

    /// <summary>The body is compressed for the way (RFC 9112, 6.1).</summary>
    public static ProblemException UnsupportedTransferCoding() =>
        new(
            new Problem(
                StatusCodes.Status501NotImplemented,
                "unsupported-coding",
                "The body has a Transfer-Encoding",
                "The body has a Transfer-Encoding other than chunked, which would not be undone; send it as it is."
            )
        );

    public static Problem MethodNotAllowed(string method, string allow) =>
        new(
            StatusCodes.Status405MethodNotAllowed,
            "method-not-allowed",
            "The resource does not know this method",
            $"The resource does not know {method}; it knows {allow}."
        )
        {
            Allow = allow,
        };
}
