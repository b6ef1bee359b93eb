using Remanso.Sql.Tables;

namespace Remanso.Sql;

/// <summary>A column that the default table must have.</summary>
/// <param name="Name">The name.</param>
/// <param name="Declaration">The type as it is declared.</param>
/// <param name="IsNullable">Whether it must take NULL.</param>
/// <param name="Fits">Whether a column that is there holds what is written.</param>
internal sealed record SchemaColumn(string Name, string Declaration, bool IsNullable, Func<TableColumn, bool> Fits);
