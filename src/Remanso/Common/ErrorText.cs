namespace Remanso.Common;

/// <summary>What a store said, as it is kept, logged and listed. A database may put the row into its message, and with it
/// a value of any size and any characters.</summary>
internal static class ErrorText
{
    private const int MostLength = 2000;

    private const char Replacement = '\uFFFD';

    /// <summary>A text; of a long one, its beginning. Control characters are replaced, but for those of lines and
    /// columns: a NUL ends a text in SQLite, and others command a terminal.</summary>
    public static string Of(string error)
    {
        if (error.Length <= MostLength)
        {
            return Shown(error);
        }

        var length = char.IsHighSurrogate(error[MostLength - 1]) ? MostLength - 1 : MostLength;
        return Shown(string.Concat(error.AsSpan(0, length), "…"));
    }

    private static string Shown(string text) => text.Any(IsHidden) ? string.Create(text.Length, text, static (shown, text) =>
            {
                for (var i = 0; i < shown.Length; i++)
                {
                    shown[i] = IsHidden(text[i]) ? Replacement : text[i];
                }
            }) : text;

    private static bool IsHidden(char character) => char.IsControl(character) && character is not ('\n' or '\r' or '\t');
}
