using System.Text;

namespace Remanso.Entries;

/// <summary>What a tag may be: a name that entries carry, by which they are removed together.</summary>
internal static class CacheTag
{
    /// <summary>The longest tag, in bytes of UTF-8.</summary>
    public const int MaxBytes = 256;

    /// <summary>The most tags that are removed by one call.</summary>
    public const int MaxRemovedAtOnce = 1000;

    /// <summary>Checks a tag.</summary>
    /// <exception cref="InvalidTagException">It is empty, too long, not valid Unicode, or has control characters
    /// (U+0000 to U+001F, U+007F to U+009F).</exception>
    public static void Validate(string? tag)
    {
        if (FlawOf(tag) is { } flaw)
        {
            throw new InvalidTagException(flaw);
        }
    }

    /// <summary>Whether a name is a valid tag.</summary>
    internal static bool IsValid(string? tag) => FlawOf(tag) is null;

    private static string? FlawOf(string? tag)
    {
        if (string.IsNullOrEmpty(tag))
        {
            return "A tag is empty.";
        }

        var bytes = 0;
        var rest = tag.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var consumed) != System.Buffers.OperationStatus.Done)
            {
                return $"The tag '{Shown(tag)}' is not valid Unicode: it has a lone surrogate.";
            }

            if (Rune.IsControl(rune))
            {
                return $"The tag '{Shown(tag)}' has the control character U+{rune.Value:X4}.";
            }

            bytes += rune.Utf8SequenceLength;
            rest = rest[consumed..];
        }

        return bytes <= MaxBytes ? null : $"The tag '{Shown(tag)}' has {bytes} bytes of UTF-8; the limit is {MaxBytes}.";
    }

    // For one line of an error: no control characters, no half characters, and not a page of it.
    private static string Shown(string tag)
    {
        var shown = new StringBuilder();
        foreach (var rune in tag.EnumerateRunes().Take(40))
        {
            shown.Append(Rune.IsControl(rune) ? Rune.ReplacementChar.ToString() : rune.ToString());
        }

        return shown.Length < tag.Length ? shown.Append('…').ToString() : shown.ToString();
    }
}
