namespace Remanso.Server.Commands;

/// <summary>Why a server could not be reached. What the platform says of it points within, at what its user never sees.</summary>
internal static class Causes
{
    private const string Pointer = ", see inner exception.";

    /// <summary>The message, and the innermost one behind it where that says more.</summary>
    public static string Of(Exception exception)
    {
        var said = exception.Message;
        if (exception is not HttpRequestException)
        {
            // What is within a time-out is that the call was given up.
            return said;
        }

        var cause = exception.GetBaseException().Message;
        return said.Contains(cause, StringComparison.Ordinal) ? said
            : said.EndsWith(Pointer, StringComparison.Ordinal) ? $"{said[..^Pointer.Length]}: {cause}"
            : $"{said.TrimEnd('.')}: {cause}";
    }
}
