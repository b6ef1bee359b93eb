using Remanso.AspNetCore.Security.Keys;

namespace Remanso.AspNetCore.Security.Authentication;

/// <summary>What a request shows to say who asks: in a header, never in the query, which stands in logs and histories.</summary>
internal readonly ref struct Credential
{
    private const string Bearer = "Bearer ";

    private Credential(CredentialKind kind, ReadOnlySpan<char> text, string? header = null)
    {
        Kind = kind;
        Text = text;
        Header = header;
    }

    public CredentialKind Kind { get; }

    public ReadOnlySpan<char> Text { get; }

    /// <summary>Whether it is a key by its beginning: other things that stand in <c>X-Api-Key</c> may be the application's.</summary>
    public bool IsOurs => Kind == CredentialKind.Key && Text.StartsWith(ApiKey.Prefix, StringComparison.Ordinal);

    /// <summary>The whole header, where it is one whose string a connection uses again; or null.</summary>
    public string? Header { get; }

    /// <summary>Finds it in <c>Authorization: Bearer</c>, or else in <c>X-Api-Key</c>.</summary>
    /// <remarks>A token after <c>Bearer</c> may be the application's, or a proxy's: a key beside it comes before it.</remarks>
    public static Credential Of(HttpRequest request)
    {
        var authorization = request.Headers.Authorization;
        var key = request.Headers["X-Api-Key"];
        if (authorization.Count == 1 && authorization[0] is { } value && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            var text = value.AsSpan(Bearer.Length).Trim();
            var isKey = text.StartsWith(ApiKey.Prefix, StringComparison.Ordinal);
            if (isKey || key is not [{ } beside] || !beside.StartsWith(ApiKey.Prefix, StringComparison.Ordinal))
            {
                return new Credential(isKey ? CredentialKind.Key : CredentialKind.Token, text, value);
            }
        }

        if (key.Count == 1)
        {
            return new Credential(CredentialKind.Key, key[0]);
        }

        return new Credential(authorization.Count > 1 || key.Count > 1 ? CredentialKind.Ambiguous : CredentialKind.None, default);
    }
}

/// <summary>What kind of thing a request shows.</summary>
internal enum CredentialKind
{
    /// <summary>Nothing that concerns keys or tokens.</summary>
    None,

    /// <summary>A key, by its beginning or its header.</summary>
    Key,

    /// <summary>Something else after <c>Bearer</c>.</summary>
    Token,

    /// <summary>Several at once.</summary>
    Ambiguous,
}
