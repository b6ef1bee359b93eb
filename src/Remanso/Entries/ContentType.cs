using System.Buffers;

namespace Remanso.Entries;

/// <summary>What the media type of a value may be: text that can stand in a header field of HTTP, whoever reads the entry.</summary>
internal static class ContentType
{
    /// <summary>The longest media type, in characters.</summary>
    public const int MaxLength = 255;

    private static readonly SearchValues<char> _allowed = SearchValues.Create([
        .. Enumerable.Range(' ', '~' - ' ' + 1).Select(static code => (char)code),
    ]);

    /// <summary>Checks a media type.</summary>
    /// <exception cref="InvalidContentTypeException">
    /// It is empty, too long, begins or ends with a space, or has other characters than visible ASCII (U+0021 to U+007E) and spaces.
    /// </exception>
    public static void Validate(string? contentType)
    {
        if (!IsValid(contentType))
        {
            throw new InvalidContentTypeException(
                $"A content type is 1 to {MaxLength} characters of visible ASCII, with spaces between them only, such as "
                    + "text/plain; charset=utf-8."
            );
        }
    }

    /// <summary>Whether a media type is valid.</summary>
    public static bool IsValid(string? contentType) =>
        contentType is { Length: > 0 and <= MaxLength }
        && contentType[0] != ' '
        && contentType[^1] != ' '
        && !contentType.AsSpan().ContainsAnyExcept(_allowed);
}
