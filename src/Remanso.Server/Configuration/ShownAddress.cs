namespace Remanso.Server.Configuration;

/// <summary>What an error may show of an address that can't be read: never what could be a secret, and nobody knows
/// where in it that stands.</summary>
internal static class ShownAddress
{
    /// <summary>The host of a URL behind its user and password, a plain word, or the remark that there is more: what can stand
    /// behind "has" and "is", and before a verb.</summary>
    /// <param name="address">The address.</param>
    /// <param name="what">What it is, where it is not shown.</param>
    public static string Of(string address, string what = "one")
    {
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        var at = address.LastIndexOf('@');
        if (scheme > 0 && at > scheme)
        {
            var host = Harmless(address.AsSpan(at + 1));
            return host.Length > 0 ? $"…@{host}" : "…";
        }

        // scheme://host:port, host:port or a word.
        var shown = scheme < 0 ? address : address[(scheme + 3)..].TrimEnd('/');
        return Harmless(shown).Length == shown.Length
            ? address
            : $"{what} of another form (it is not shown here, for it may hold a password)";
    }

    // A host and a port, or a word: what parameters, pairs or a path begin with ends it.
    private static string Harmless(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && (char.IsAsciiLetterOrDigit(text[length]) || text[length] is '.' or '-' or '_' or ':' or '[' or ']'))
        {
            length++;
        }

        return text[..length].ToString();
    }
}
