namespace Remanso.Postgres.Tables;

/// <summary>How columns for marks and times of the store's own are written and read; times travel as microseconds since 1970.</summary>
internal static class PostgresColumnForm
{
    public const string InstantType = "timestamp with time zone";
    public const string LocalType = "timestamp without time zone";

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
