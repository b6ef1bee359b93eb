using Remanso.Sql.Tables;

namespace Remanso.MySql.Tables;

/// <summary>The types of columns in the words of <c>information_schema</c> (<c>data_type</c>), with a mark before those
/// that number themselves.</summary>
internal static class MySqlColumnType
{
    /// <summary>Marks a column that takes 0 for the next number.</summary>
    public const string AutoIncrement = "auto_increment ";

    public const string Timestamp = "timestamp";
    public const string Enum = "enum";
    public const string Json = "json";
    public const string Uuid = "uuid";

    private const string BinaryCollation = "_bin";

    /// <summary>The type without a mark.</summary>
    public static string Plain(string type) => type[(type.LastIndexOf(' ') + 1)..];

    public static bool IsInteger(string type) => type is "tinyint" or "smallint" or "mediumint" or "int" or "bigint";

    public static bool IsText(string type) =>
        type is "char" or "varchar" or "tinytext" or "text" or "mediumtext" or "longtext" or "set" or Enum or Json;

    public static bool IsBinary(string type) => type is "binary" or "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob";

    public static bool IsMoment(string type) => type is "datetime" or Timestamp;

    public static bool IsMark(string type) => IsInteger(type) || IsMoment(type) || type == "bit";

    /// <summary>Whether values of a kind come back from a column of this type.</summary>
    public static bool Fits(ColumnKind kind, string type) =>
        kind switch
        {
            ColumnKind.Boolean => IsInteger(type) || type == "bit",
            ColumnKind.SmallInteger or ColumnKind.PlainInteger or ColumnKind.LongInteger => IsInteger(type),
            ColumnKind.Real or ColumnKind.DoubleReal => type is "float" or "double" or "decimal",
            ColumnKind.Number => IsInteger(type) || type == "decimal",
            ColumnKind.Text => IsText(type) || IsBinary(type),
            ColumnKind.Uuid => type is "char" or "varchar" or "binary" or "varbinary" or Uuid,
            ColumnKind.Date => type == "date",
            ColumnKind.Time or ColumnKind.Duration => type == "time",
            ColumnKind.Timestamp or ColumnKind.Moment => IsMoment(type),
            _ => IsBinary(type),
        };

    /// <summary>What <see cref="Fits"/> takes, for people.</summary>
    public static string Fitting(ColumnKind kind) =>
        kind switch
        {
            ColumnKind.Boolean => "boolean, an integer or bit",
            ColumnKind.SmallInteger or ColumnKind.PlainInteger or ColumnKind.LongInteger => "an integer",
            ColumnKind.Real or ColumnKind.DoubleReal => "float, double or decimal",
            ColumnKind.Number => "decimal or an integer",
            ColumnKind.Text => "a text type with the character set utf8mb4",
            ColumnKind.Uuid => "char(36), varchar(36), binary(16) or uuid",
            ColumnKind.Date => "date",
            ColumnKind.Time or ColumnKind.Duration => "time",
            ColumnKind.Timestamp or ColumnKind.Moment => "datetime or timestamp",
            _ => "varbinary or a blob",
        };

    /// <summary>Whether a column compares texts by what they are; one that leaves trailing spaces out of it is among
    /// them (<see cref="IgnoresTrailingSpaces"/>).</summary>
    public static bool ComparesExactly(TableColumn column) =>
        Plain(column.DatabaseType) is "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob"
        || (
            Plain(column.DatabaseType) is "varchar" or "tinytext" or "text" or "mediumtext" or "longtext"
            && column.Collation!.EndsWith(BinaryCollation, StringComparison.Ordinal)
        );

    /// <summary>Whether a text with spaces behind it equals the one without: in <c>utf8mb4_bin</c>, unlike
    /// <c>utf8mb4_nopad_bin</c> of MariaDB and <c>utf8mb4_0900_bin</c> of MySQL.</summary>
    public static bool IgnoresTrailingSpaces(TableColumn column) => column.Collation is "utf8mb4_bin";

    /// <summary>The character set of a column's texts; null where it holds bytes, or none.</summary>
    public static string? CharacterSet(TableColumn column) => column.Collation?.Split('_')[0];
}
