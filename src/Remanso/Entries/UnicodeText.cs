namespace Remanso.Entries;

/// <summary>Text that has a form in UTF-8.</summary>
internal static class UnicodeText
{
    /// <summary>Whether it has no lone surrogate, which writers replace in silence.</summary>
    public static bool IsWhole(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAnyInRange('\uD800', '\uDFFF') is >= 0 and var at)
        {
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
            {
                return false;
            }

            text = text[(at + 2)..];
        }

        return true;
    }
}
