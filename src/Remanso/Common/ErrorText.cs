namespace Remanso.Common;

/// <summary>What a store said, as it is kept, logged and listed. A database may put the row into its message, and with it
/// a value of any size.</summary>
internal static class ErrorText
{
    private const int MostLength = 2000;

    /// <summary>A text; of a long one, its beginning.</summary>
    public static string Of(string error)
    {
        if (error.Length <= MostLength)
        {
            return error;
        }

        var length = char.IsHighSurrogate(error[MostLength - 1]) ? MostLength - 1 : MostLength;
        return string.Concat(error.AsSpan(0, length), "…");
    }
}
