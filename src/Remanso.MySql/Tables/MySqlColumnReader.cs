using System.Data.Common;
using System.Globalization;
using System.Text;
using Remanso.Sql.Tables;

namespace Remanso.MySql.Tables;

/// <summary>How columns are selected and read: as integers, doubles, decimals and bytes, which every driver reads
/// alike. What drivers make of <c>tinyint(1)</c>, <c>char(36)</c>, times and character sets depends on their settings.</summary>
internal static class MySqlColumnReader
{
    private const string Decimal = "decimal";
    private const string Epoch = "TIMESTAMP'1970-01-01 00:00:00'";

    /// <summary>The microseconds of what is no date: zeros in it, or the 31st of February. The functions make NULL, 1970
    /// or another day of it. Within the range of an integer column, and of no calendar.</summary>
    private const long NoDate = -1_000_000_000_000_000_000;

    /// <summary>The expression that selects a column for <see cref="Read"/>.</summary>
    public static string Select(string column, ColumnKind kind, string type) =>
        kind switch
        {
            // An unsigned one could be too large for a cast.
            _ when type == "bigint" => column,
            ColumnKind.Boolean or ColumnKind.SmallInteger or ColumnKind.PlainInteger or ColumnKind.LongInteger =>
                $"CAST({column} AS SIGNED)",

            // A float is sent with six digits.
            ColumnKind.Real or ColumnKind.DoubleReal => $"({column} + 0e0)",

            // As text: drivers round what a decimal can't hold.
            ColumnKind.Number when type == Decimal => Bytes(column, type),
            ColumnKind.Number or ColumnKind.Bytes => column,
            ColumnKind.Timestamp or ColumnKind.Moment => Micros(column, type),
            _ => Bytes(column, type),
        };

    /// <summary>The microseconds since 1970 of a column for times, or for such microseconds.</summary>
    /// <remarks>A <c>timestamp</c> is shown in the session's time zone; <c>UNIX_TIMESTAMP</c> takes it as it is kept. A
    /// <c>datetime</c> has no zone: it is taken for UTC.</remarks>
    public static string Micros(string column, string type) =>
        type switch
        {
            MySqlColumnType.Timestamp => $"IF({column} = 0, {NoDate}, CAST(UNIX_TIMESTAMP({column}) * 1000000 AS SIGNED))",
            "datetime" => $"IF(DAYOFMONTH({column}) <= DAYOFMONTH(LAST_DAY({column})), TIMESTAMPDIFF(MICROSECOND, {Epoch}, {column}), "
                + $"IF({column} IS NOT NULL, {NoDate}, NULL))",
            _ => column,
        };

    /// <summary>The UTF-8 of a column's text, or of what it holds as text.</summary>
    public static string Bytes(string column, string type) =>
        MySqlColumnType.IsBinary(type) ? column : $"CAST(CONVERT({column} USING utf8mb4) AS BINARY)";

    /// <summary>The value, in the type of its kind; null for NULL.</summary>
    public static object? Read(DbDataReader reader, int ordinal, ColumnKind kind, string type)
    {
        if (reader.IsDBNull(ordinal))
        {
            return null;
        }

        return kind switch
        {
            ColumnKind.Boolean => IsTrue(reader, ordinal),
            ColumnKind.SmallInteger => checked((short)Integer(reader, ordinal)),
            ColumnKind.PlainInteger => checked((int)Integer(reader, ordinal)),
            ColumnKind.LongInteger => Integer(reader, ordinal),
            ColumnKind.Real => (float)reader.GetDouble(ordinal),
            ColumnKind.DoubleReal => reader.GetDouble(ordinal),
            ColumnKind.Number when type == Decimal => DecimalOf(Text(reader, ordinal)),
            ColumnKind.Number => Convert.ToDecimal(reader.GetValue(ordinal), CultureInfo.InvariantCulture),
            ColumnKind.Text => Text(reader, ordinal),
            ColumnKind.Uuid when MySqlColumnType.IsBinary(type) => new Guid(Bytes(reader, ordinal), bigEndian: true),
            ColumnKind.Uuid => Guid.Parse(Text(reader, ordinal)),
            ColumnKind.Date => DateOnly.ParseExact(Text(reader, ordinal), "yyyy-MM-dd", CultureInfo.InvariantCulture),
            ColumnKind.Time => TimeOnly.FromTimeSpan(Duration(Text(reader, ordinal))),
            ColumnKind.Duration => Duration(Text(reader, ordinal)),
            ColumnKind.Timestamp => DateTime.SpecifyKind(
                MomentOf(Integer(reader, ordinal)),
                type == MySqlColumnType.Timestamp ? DateTimeKind.Utc : DateTimeKind.Unspecified
            ),
            ColumnKind.Moment => new DateTimeOffset(MomentOf(Integer(reader, ordinal))),
            _ => Bytes(reader, ordinal),
        };
    }

    public static long Integer(DbDataReader reader, int ordinal) => Convert.ToInt64(reader.GetValue(ordinal), CultureInfo.InvariantCulture);

    public static bool IsTrue(DbDataReader reader, int ordinal) => Integer(reader, ordinal) != 0;

    /// <summary>The bytes as they were sent: as values, drivers make a <see cref="Guid"/> of any 16 where a setting of
    /// theirs says so.</summary>
    public static byte[] Bytes(DbDataReader reader, int ordinal)
    {
        var bytes = new byte[reader.GetBytes(ordinal, 0, null, 0, 0)];
        if (bytes.Length > 0)
        {
            reader.GetBytes(ordinal, 0, bytes, 0, bytes.Length);
        }

        return bytes;
    }

    public static string Text(DbDataReader reader, int ordinal) => Encoding.UTF8.GetString(Bytes(reader, ordinal));

    /// <exception cref="OverflowException">No calendar has it.</exception>
    public static DateTime MomentOf(long micros) => DateTime.UnixEpoch.AddTicks(checked(micros * TimeSpan.TicksPerMicrosecond));

    /// <summary>The microseconds that <see cref="Micros"/> selected; null for NULL.</summary>
    /// <exception cref="FormatException">They are of no date.</exception>
    public static long? ReadMicros(DbDataReader reader, int ordinal, string type) =>
        reader.IsDBNull(ordinal) ? null
        : Integer(reader, ordinal) is var micros && micros == NoDate && MySqlColumnType.IsMoment(type)
            ? throw new FormatException("No calendar has it.")
        : micros;

    /// <exception cref="OverflowException">It has more digits than a decimal.</exception>
    private static decimal DecimalOf(string text)
    {
        // Zeros at the end are none of them.
        var digits = text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
        var number = decimal.Parse(digits, NumberStyles.Number, CultureInfo.InvariantCulture);
        if (Significant(number.ToString(CultureInfo.InvariantCulture)) != Significant(digits))
        {
            throw new OverflowException("It has more digits than a decimal.");
        }

        // With the zeros that its scale has, as far as they fit.
        return decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture);
    }

    /// <remarks>A column may fill up with zeros in front.</remarks>
    private static string Significant(string digits) => digits.TrimStart('-').TrimStart('0');

    /// <remarks>Hours may be more than a day has: <c>-838:59:59.000000</c>.</remarks>
    private static TimeSpan Duration(string text)
    {
        var parts = text.TrimStart('-').Split(':');
        var span =
            new TimeSpan(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture), 0)
            + new TimeSpan((long)(decimal.Parse(parts[2], CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond));
        return text.StartsWith('-') ? -span : span;
    }
}
