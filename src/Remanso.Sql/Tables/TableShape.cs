namespace Remanso.Sql.Tables;

/// <summary>A table as the database describes it.</summary>
/// <param name="Columns">Its columns by name, compared as the engine does.</param>
/// <param name="UniqueKeys">The columns of its primary key and of each unique index that holds for all rows.</param>
internal sealed record TableShape(IReadOnlyDictionary<string, TableColumn> Columns, IReadOnlyList<IReadOnlyList<string>> UniqueKeys)
{
    /// <summary>What keeps the rows, where the engine has several ways to; else null.</summary>
    public string? Storage { get; init; }
}
