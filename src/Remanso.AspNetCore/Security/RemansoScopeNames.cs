namespace Remanso.AspNetCore.Security;

/// <summary>The names of scopes in key files, claims, commands and answers: <c>read</c>, <c>write</c>, <c>operate</c>,
/// <c>observe</c>.</summary>
public static class RemansoScopeNames
{
    /// <summary>All of them, for errors.</summary>
    internal const string List = "read, write, operate, observe or all";

    private static readonly (string Name, RemansoScopes Scope)[] _names =
    [
        ("read", RemansoScopes.Read),
        ("write", RemansoScopes.Write),
        ("operate", RemansoScopes.Operate),
        ("observe", RemansoScopes.Observe),
    ];

    /// <summary>Reads several names, separated by commas.</summary>
    /// <param name="names">The names, such as <c>read,write</c>, or <c>all</c>.</param>
    /// <exception cref="FormatException">One is not known, or there is none.</exception>
    public static RemansoScopes Parse(string names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var scopes = RemansoScopes.None;
        foreach (var name in names.Split(',', StringSplitOptions.TrimEntries))
        {
            scopes |= TryParse(name, out var scope) ? scope : throw new FormatException($"A scope is {List}, not '{name}'.");
        }

        return scopes;
    }

    /// <summary>Reads one name.</summary>
    internal static bool TryParse(ReadOnlySpan<char> name, out RemansoScopes scope)
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
    internal static string[] Of(RemansoScopes scopes) =>
        [.. _names.Where(known => (scopes & known.Scope) != 0).Select(static known => known.Name)];

    /// <summary>The names as a text: <c>read, write</c>.</summary>
    public static string Text(RemansoScopes scopes) => string.Join(", ", Of(scopes));
}
