using Remanso.Sql.Tables;

namespace Remanso.Sql;

/// <summary>The statements that mend a table, in the words of one engine.</summary>
internal interface ISchemaWords
{
    /// <summary>Adds a column that is missing.</summary>
    string Add(SchemaColumn column);

    /// <summary>Gives a column the type that it must have.</summary>
    string Retype(SchemaColumn column);

    /// <summary>Lets a column be NULL.</summary>
    string AllowNull(TableColumn column);

    /// <summary>Makes the key of the table unique.</summary>
    string AddKey(IReadOnlyList<string> columns);
}
