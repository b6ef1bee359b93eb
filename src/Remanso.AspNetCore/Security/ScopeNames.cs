namespace Remanso.AspNetCore.Security;

/// <summary>The names of scopes in key files, claims, commands and answers.</summary>
internal static class ScopeNames
{
    /// <summary>All of them, for errors.</summary>
    public const string List = "read, write, operate, observe or all";

    private static readonly (string Name, RemansoScopes Scope)[] _names =
    [
        ("read", RemansoScopes.Read),
        ("write", RemansoScopes.Write),
        ("operate", RemansoScopes.Operate),
        ("observe", RemansoScopes.Observe),
    ];

    /// <summary>Reads one name.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out RemansoScopes scope)
    {
        foreach (var known in _names)
        {
            if (name.SequenceEqual(known.Name))
            {
                scope = known.Scope;
                return true;
            }
        }

        scope = name is "all" ? RemansoScopes.All : RemansoScopes.None;
        return scope != RemansoScopes.None;
    }

    /// <summary>The names of several scopes, in their fixed order.</summary>
    public static string[] Of(RemansoScopes scopes) =>
        [.. _names.Where(known => (scopes & known.Scope) != 0).Select(static known => known.Name)];

    /// <summary>The names as a text: <c>read, write</c>.</summary>
    public static string Text(RemansoScopes scopes) => string.Join(", ", Of(scopes));
}
