namespace Remanso.Server.Http;

/// <summary>The <c>Idempotency-Key</c> of a write: the client's own name for it, so that a repetition has no second effect.</summary>
internal static class IdempotencyKey
{
    /// <summary>The longest that a client may send; entries of a batch get their place behind it.</summary>
    private const int MaxLength = 200;

    /// <summary>The field as sent; null where there is none.</summary>
    public static string? Of(HttpRequest request)
    {
        var field = request.Headers["Idempotency-Key"];
        if (field.Count == 0)
        {
            return null;
        }

        var key = field.ToString();
        return field.Count == 1 && key.Length is > 0 and <= MaxLength && key.All(static c => c is >= '!' and <= '~')
            ? key
            : throw Problems.BadRequest($"Idempotency-Key must be one field of 1 to {MaxLength} visible characters of ASCII.");
    }
}
