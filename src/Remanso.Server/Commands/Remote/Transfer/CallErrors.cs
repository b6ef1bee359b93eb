using Remanso.Client;

namespace Remanso.Server.Commands.Remote.Transfer;

// With any other answer (a key that is refused, a server that is full, a proxy without a server) no entry is at fault, and the
// run ends: what it went past would have to be gathered from its errors. What a server could not do for one key may be either's
// fault; what became of other keys tells.

/// <summary>Which errors are of one entry, so that another one may still be written or read.</summary>
internal static class CallErrors
{
    private static readonly int[] _ofAnEntry =
    [
        StatusCodes.Status400BadRequest,
        StatusCodes.Status409Conflict,
        StatusCodes.Status412PreconditionFailed,
        StatusCodes.Status413PayloadTooLarge,
        StatusCodes.Status414UriTooLong,
        StatusCodes.Status415UnsupportedMediaType,
        StatusCodes.Status422UnprocessableEntity,
        StatusCodes.Status431RequestHeaderFieldsTooLarge,
    ];

    /// <summary>Whether a write failed for what it writes.</summary>
    public static bool IsOfAWrite(Exception exception) =>
        exception is ArgumentException || (exception is RemansoApiException refused && _ofAnEntry.Contains(refused.Status));

    /// <summary>Whether a read failed for what its key has: also a value, or a row, that can't be read.</summary>
    public static bool IsOfARead(Exception exception) =>
        IsOfAWrite(exception) || exception is RemansoApiException { Code: "internal-error" or "store-refused" };

    /// <summary>Whether a read failed for its key, or for the server: a row may be too slow, or a database away.</summary>
    public static bool MayBeOfARead(Exception exception) =>
        exception is RemansoApiException { Status: >= StatusCodes.Status500InternalServerError };
}
