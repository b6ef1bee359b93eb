namespace Remanso.AspNetCore.Security.Authentication;

/// <summary>The names under which Remanso's keys and tokens take part in ASP.NET Core's authentication.</summary>
public static class RemansoAuthentication
{
    /// <summary>The scheme that takes whatever a request shows: a key, or a token where tokens are set up.</summary>
    public const string Scheme = "Remanso";

    /// <summary>The scheme of keys.</summary>
    public const string KeyScheme = "Remanso.Key";

    /// <summary>The scheme of tokens.</summary>
    public const string TokenScheme = "Remanso.Token";

    /// <summary>The claim that carries scopes.</summary>
    public const string ScopeClaim = "scope";

    internal static bool IsOurs(string scheme) => scheme is Scheme or KeyScheme or TokenScheme;
}
