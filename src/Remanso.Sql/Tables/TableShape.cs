namespace Remanso.Sql.Tables;

/// <summary>A table as the database describes it.</summary>
/// <param name="Columns">Its columns by name, compared as the engine does.</param>
/// <param name="UniqueKeys">The columns of its primary key and of each unique index that holds for all rows.</param>
internal sealed record TableShape(IReadOnlyDictionary<string, TableColumn> Columns, IReadOnlyList<IReadOnlyList<string>> UniqueKeys)
{
    /// <summary>What keeps the rows, where the engine has several ways to; else null.</summary>
    public string? Storage { get; init; }

    /// <summary>Whether it is a view, or another kind of table that can't have a unique index.</summary>
    public bool IsView { get; init; }

    /// <summary>Those unique indexes where each may compare in its own way; else none.</summary>
    public IReadOnlyList<UniqueIndex> UniqueIndexes { get; init; } = [];
}

/// <summary>A unique index that holds for all rows.</summary>
/// <param name="Columns">Its columns.</param>
/// <param name="Collations">For each of them how a statement says what it is compared by; empty for nothing.</param>
/// <param name="IsExact">Whether two values that differ are two to it.</param>
internal sealed record UniqueIndex(IReadOnlyList<string> Columns, IReadOnlyList<string> Collations, bool IsExact);
