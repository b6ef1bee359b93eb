using System.Globalization;
using System.Text;
using Remanso.Sql.Tables;

namespace Remanso.MySql.Tables;

/// <summary>Writes values into statements, each with its type, so that neither a driver's settings nor a session's
/// <c>sql_mode</c> matter.</summary>
internal static class MySqlLiteral
{
    private const string TimeForm = "yyyy-MM-dd HH:mm:ss.ffffff";

    /// <summary>Text that is no Unicode is refused, not replaced.</summary>
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a value of a column.</summary>
    /// <param name="rows">Where to.</param>
    /// <param name="value">The value, in the type of its kind, or null.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="column">The column.</param>
    public static void Write(RowsCommand rows, object? value, ColumnKind kind, TableColumn column)
    {
        var type = MySqlColumnType.Plain(column.DatabaseType);
        var sql = rows.Sql;
        switch (value)
        {
            case null when rows.IsFirst && kind == ColumnKind.Text && !MySqlColumnType.IsBinary(type):
                sql.Append("CAST(NULL AS CHAR CHARACTER SET utf8mb4) COLLATE ").Append(CollationOf(column));
                break;
            case null:
                sql.Append("NULL");
                break;
            case bool flag:
                sql.Append(flag ? '1' : '0');
                break;
            case short or int or long:
                sql.AppendNumber(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case float number:
                WriteReal(sql, number);
                break;
            case double number:
                WriteReal(sql, number);
                break;
            case decimal number:
                sql.Append(CultureInfo.InvariantCulture, $"{number}");
                break;
            case string text:
                WriteText(rows, text, type, column);
                break;
            case Guid id:
                WriteUuid(rows, id, type, column);
                break;
            case byte[] bytes:
                WriteBytes(rows, bytes);
                break;
            case DateOnly date:
                sql.Append(CultureInfo.InvariantCulture, $"DATE'{date:yyyy-MM-dd}'");
                break;
            case TimeOnly time:
                WriteDuration(sql, time.ToTimeSpan());
                break;
            case TimeSpan span:
                WriteDuration(sql, span);
                break;
            case DateTime or DateTimeOffset:
                WriteTime(sql, Moment(value, type));
                break;
            default:
                throw new InvalidCastException($"A {value.GetType()} is no value of a column.");
        }
    }

    /// <summary>A time of the store's own, for a column of times or of microseconds.</summary>
    public static string Time(string type, long? micros) =>
        micros is not { } time ? "NULL"
        : MySqlColumnType.IsMoment(type) ? WriteTime(new StringBuilder(), MySqlColumnReader.MomentOf(time)).ToString()
        : time.ToString(CultureInfo.InvariantCulture);

    /// <summary>What marks a row as deleted, or as not.</summary>
    public static string Mark(string type, bool deleted, long now) =>
        MySqlColumnType.IsMoment(type) ? Time(type, deleted ? now : null)
        : deleted ? "1"
        : "0";

    /// <summary>An empty value, for a column that takes no NULL and has no default.</summary>
    public static string Neutral(ColumnKind kind, string type) =>
        kind switch
        {
            ColumnKind.Text when type == MySqlColumnType.Json => "'null'",

            // The first of its names.
            ColumnKind.Text when type == MySqlColumnType.Enum => "1",
            ColumnKind.Text or ColumnKind.Bytes => "''",
            ColumnKind.Uuid => MySqlColumnType.IsBinary(type) ? $"x'{Guid.Empty:N}'" : $"'{Guid.Empty}'",
            ColumnKind.Date => "DATE'0001-01-01'",
            ColumnKind.Timestamp or ColumnKind.Moment => type == MySqlColumnType.Timestamp
                ? "TIMESTAMP'1970-01-02 00:00:00'"
                : "TIMESTAMP'0001-01-01 00:00:00'",
            ColumnKind.Time or ColumnKind.Duration => "TIME'00:00:00'",
            _ => "0",
        };

    private static void WriteReal(StringBuilder sql, double number)
    {
        if (!double.IsFinite(number))
        {
            throw new FormatException($"MySQL has no number {number.ToString(CultureInfo.InvariantCulture)}.");
        }

        sql.Append(number.ToString("E16", CultureInfo.InvariantCulture));
    }

    private static void WriteText(RowsCommand rows, string text, string type, TableColumn column)
    {
        var bytes = _utf8.GetBytes(text);
        if (MySqlColumnType.IsBinary(type))
        {
            WriteBytes(rows, bytes);
            return;
        }

        if (rows.TakesAsParameter(bytes))
        {
            rows.Sql.Append("CONVERT(").Append(rows.Add(bytes)).Append(" USING utf8mb4)");
        }
        else
        {
            rows.Sql.Append("_utf8mb4 ").AppendHex(bytes);
        }

        // One row tells the others.
        if (rows.IsFirst)
        {
            rows.Sql.Append(" COLLATE ").Append(CollationOf(column));
        }
    }

    private static void WriteUuid(RowsCommand rows, Guid id, string type, TableColumn column)
    {
        if (MySqlColumnType.IsBinary(type))
        {
            rows.Sql.AppendHex(id.ToByteArray(bigEndian: true));
        }
        else if (type == MySqlColumnType.Uuid)
        {
            rows.Sql.Append(CultureInfo.InvariantCulture, $"CAST('{id}' AS UUID)");
        }
        else
        {
            rows.Sql.Append(CultureInfo.InvariantCulture, $"_{MySqlColumnType.CharacterSet(column)} '{id}' COLLATE {column.Collation}");
        }
    }

    private static void WriteBytes(RowsCommand rows, byte[] bytes)
    {
        if (rows.TakesAsParameter(bytes))
        {
            rows.Sql.Append(rows.Add(bytes));
        }
        else
        {
            rows.Sql.AppendHex(bytes);
        }
    }

    private static void WriteDuration(StringBuilder sql, TimeSpan span) =>
        sql.Append(
            CultureInfo.InvariantCulture,
            $"TIME'{(span < TimeSpan.Zero ? "-" : string.Empty)}{(long)span.Duration().TotalHours:00}:{span.Duration():mm\\:ss\\.ffffff}'"
        );

    private static StringBuilder WriteTime(StringBuilder sql, DateTime time) =>
        sql.Append("TIMESTAMP'").Append(time.ToString(TimeForm, CultureInfo.InvariantCulture)).Append('\'');

    /// <remarks>A <c>timestamp</c> is a moment: a time that does not say its zone is taken for UTC, never for this
    /// machine's. A <c>datetime</c> is what a clock shows.</remarks>
    public static DateTime Moment(object value, string type) =>
        value switch
        {
            DateTimeOffset moment => moment.UtcDateTime,
            DateTime { Kind: DateTimeKind.Local } local when type == MySqlColumnType.Timestamp => local.ToUniversalTime(),
            _ => (DateTime)value,
        };

    private static string CollationOf(TableColumn column) => column.Collation ?? "utf8mb4_bin";
}
