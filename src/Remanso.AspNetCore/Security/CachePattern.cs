namespace Remanso.AspNetCore.Security;

/// <summary>A name of a cache, or several by <c>*</c>, which stands for any characters: <c>orders</c>, <c>shop-*</c>, <c>*</c>.</summary>
internal static class CachePattern
{
    private const int Longest = 64;

    /// <summary>Every cache.</summary>
    public const string Every = "*";

    /// <summary>Whether a text can be a pattern at all.</summary>
    public static bool IsValid(string pattern) =>
        pattern.Length is > 0 and <= Longest && pattern.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '*');

    /// <summary>Whether a cache's name is one of those that the pattern stands for; case counts.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        // Greedy, with one point to come back to: a later star makes every earlier one's choice final.
        int at = 0,
            p = 0,
            star = -1,
            resume = 0;
        while (at < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = at;
            }
            else if (p < pattern.Length && pattern[p] == name[at])
            {
                p++;
                at++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                at = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].Trim('*').IsEmpty;
    }
}
