using Remanso.Sql.Tables;

namespace Remanso.Postgres.Tables;

/// <summary>How columns for marks and times of the store's own are written and read; times travel as microseconds since 1970.</summary>
internal static class PostgresColumnForm
{
    public const string InstantType = "timestamp with time zone";
    public const string LocalType = "timestamp without time zone";

    private static readonly TimeSpan _day = TimeSpan.FromDays(1);

    /// <summary>That a column is of a type that can't hold a kind, as a sentence.</summary>
    public static string Misfit(ColumnMapping column, string type) =>
        $"the column {column} is {type}; {Fitting(column.Kind)} is what it can be.";

    /// <summary>Whether a cast makes something else of every value, or cuts some off, without an error.</summary>
    public static bool Alters(ColumnKind kind, string type) =>
        kind switch
        {
            ColumnKind.Bytes => type != "bytea",
            ColumnKind.Text => type is "name" or "\"char\"",
            _ => false,
        };

    /// <summary>What a cast would make something else of: the reason, behind "the column n"; null for nothing.</summary>
    public static string? WhyNotKept(object value, string type) =>
        value switch
        {
            string text when text.Contains('\0', StringComparison.Ordinal) =>
                $"is {type}, and no text of PostgreSQL holds the character NUL",
            decimal number when IsInteger(type) && !decimal.IsInteger(number) => $"is {type}, which holds whole numbers alone",
            double number when IsInteger(type) && !double.IsInteger(number) => $"is {type}, which holds whole numbers alone",
            float number when IsInteger(type) && !float.IsInteger(number) => $"is {type}, which holds whole numbers alone",
            TimeSpan span when type.StartsWith("time ", StringComparison.Ordinal) && (span < TimeSpan.Zero || span >= _day) =>
                $"is {type}, which is less than a day and not below zero; interval holds any",
            // The last moment is infinity to the driver, which a date has, too.
            DateTime time when type == "date" && time.TimeOfDay != TimeSpan.Zero && time != DateTime.MaxValue =>
                "is date, which has no time of day",
            DateTimeOffset time when type == "date" && time.UtcDateTime.TimeOfDay != TimeSpan.Zero && time != DateTimeOffset.MaxValue =>
                "is date, which has no time of day",
            _ => null,
        };

    private static bool IsInteger(string type) => type is "smallint" or "integer" or "bigint";

    private static string Fitting(ColumnKind kind) =>
        kind switch
        {
            ColumnKind.Boolean => "boolean",
            ColumnKind.SmallInteger or ColumnKind.PlainInteger or ColumnKind.LongInteger => "smallint, integer, bigint or numeric",
            ColumnKind.Real => "real",
            ColumnKind.DoubleReal => "double precision",
            ColumnKind.Number => "numeric",
            ColumnKind.Uuid => "uuid",
            ColumnKind.Date => "date",
            ColumnKind.Time => "time",
            ColumnKind.Timestamp or ColumnKind.Moment => "timestamptz or timestamp",
            ColumnKind.Duration => "interval",
            ColumnKind.Bytes => "bytea",
            _ => "text, varchar, an enum or json",
        };

    public static bool IsTime(string type) => type is InstantType or LocalType;

    public static bool IsMark(string type) => type is "boolean" or "smallint" or "integer" or "bigint" || IsTime(type);

    /// <summary>The expression of a time for a column; columns without zones hold UTC.</summary>
    /// <param name="type">The column's type.</param>
    /// <param name="micros">The expression of the microseconds.</param>
    public static string Time(string type, string micros) =>
        type switch
        {
            InstantType => $"(timestamptz 'epoch' + {micros} * interval '1 microsecond')",
            LocalType => $"(timestamp 'epoch' + {micros} * interval '1 microsecond')",
            _ => micros,
        };

    /// <summary>The expression of the microseconds of a column; an infinite time counts as none.</summary>
    public static string Micros(string type, string column) =>
        IsTime(type) ? $"CASE WHEN isfinite({column}) THEN CAST(EXTRACT(epoch FROM {column}) * 1000000 AS bigint) END" : column;

    /// <summary>The expression that marks a row as deleted, or as not.</summary>
    /// <param name="type">The column's type.</param>
    /// <param name="now">The expression of the present in microseconds.</param>
    /// <param name="deleted">Which of both.</param>
    public static string Mark(string type, string now, bool deleted) =>
        type switch
        {
            "boolean" => deleted ? "true" : "false",
            InstantType or LocalType => deleted ? Time(type, now) : $"CAST(NULL AS {type})",
            _ => deleted ? $"CAST(1 AS {type})" : $"CAST(0 AS {type})",
        };

    /// <summary>The condition that a row is marked as deleted.</summary>
    public static string IsMarked(string type, string column) =>
        type switch
        {
            "boolean" => $"COALESCE({column}, false)",
            InstantType or LocalType => $"{column} IS NOT NULL",
            _ => $"COALESCE({column}, 0) <> 0",
        };
}
