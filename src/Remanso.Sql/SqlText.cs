using System.Reflection;

namespace Remanso.Sql;

/// <summary>Reads the statements that an engine's project carries as <c>Schema/*.sql</c>.</summary>
internal static class SqlText
{
    private const string TablePlaceholder = "{table}";

    /// <summary>Reads a statement and puts the table's name into it.</summary>
    /// <param name="assembly">The engine's assembly.</param>
    /// <param name="name">The file's name without folder and extension.</param>
    /// <param name="quotedTable">The table's name, quoted.</param>
    /// <exception cref="InvalidOperationException">The assembly has no such statement: a mistake of the build.</exception>
    public static string Read(Assembly assembly, string name, string quotedTable)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var resource = $"{assembly.GetName().Name}.Schema.{name}.sql";
        using var stream = assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The resource {resource} is missing from its assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Replace(TablePlaceholder, quotedTable, StringComparison.Ordinal);
    }
}
