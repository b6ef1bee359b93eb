namespace Remanso.Sql.Tables;

/// <summary>A column as the database describes it.</summary>
/// <param name="Name">The name.</param>
/// <param name="DatabaseType">The type, in the engine's words.</param>
/// <param name="IsNullable">Whether it may hold NULL.</param>
/// <param name="FillsItself">Whether an insert may leave it out though it can't hold NULL: it has a default, or is generated.</param>
/// <param name="Collation">The collation under which it is compared, in the engine's words; null where the engine or
/// the type has none.</param>
internal sealed record TableColumn(string Name, string DatabaseType, bool IsNullable, bool FillsItself, string? Collation = null)
{
    /// <summary>Whether the engine makes its value of others of the row.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>How many characters a text may have; null for any number, or where the database says so itself.</summary>
    public int? MaxLength { get; init; }
}
