namespace Remanso.Client.Http;

/// <summary>The paths of the API. Names and keys are escaped, the slashes of a key too, so that a key is one segment
/// whatever it has.</summary>
internal static class ApiPath
{
    /// <summary>The longest path with its query: the server reads a request line of 16 KiB, and there is more in it.</summary>
    public const int Longest = (16 << 10) - 384;

    private const int LongestName = 64;

    /// <summary>The path of a cache.</summary>
    /// <exception cref="ArgumentException">There can be no such cache.</exception>
    public static string Cache(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return
            name.Length is >= 1 and <= LongestName
            && name is not ("." or "..")
            && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
            ? "v1/caches/" + name
            : throw new ArgumentException($"A cache's name is 1 to {LongestName} letters, digits, '-', '_' or '.'.", nameof(name));
    }

    /// <summary>A key as a segment of a path.</summary>
    /// <exception cref="ArgumentException">The key is empty, or no text that UTF-8 can hold.</exception>
    public static string Segment(string key)
    {
        CheckKey(key);
        var escaped = Uri.EscapeDataString(key);

        // Dots are never escaped, and alone they would lead elsewhere.
        return escaped is "." or ".." ? escaped.Replace(".", "%2E", StringComparison.Ordinal) : escaped;
    }

    /// <summary>Refuses what would reach the server as another key: half a character becomes U+FFFD on its way.</summary>
    /// <exception cref="ArgumentException">It would.</exception>
    public static string CheckKey(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        CheckText(key, nameof(key));
        return key;
    }

    /// <summary>Refuses text that has half a character.</summary>
    /// <exception cref="ArgumentException">It has.</exception>
    public static void CheckText(string text, string name)
    {
        ArgumentNullException.ThrowIfNull(text, name);
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
            {
                throw new ArgumentException($"The {name} has half a surrogate pair at {i}, which UTF-8 can't hold.", name);
            }

            i++;
        }
    }
}
