using Npgsql;
using NpgsqlTypes;
using Remanso.Sql.Tables;

namespace Remanso.Postgres.Tables;

/// <summary>A column of a batch as the typed array that <c>unnest</c> takes.</summary>
internal static class PostgresArray
{
    /// <summary>How the driver begins to say that it makes no value of a type of a column.</summary>
    private const string Unreadable = "Reading as";

    /// <summary>Makes the parameter.</summary>
    /// <param name="values">The values, in the type of <paramref name="kind"/>, or null.</param>
    /// <param name="kind">Their type.</param>
    /// <param name="databaseType">The column's type: times are sent as it holds them.</param>
    public static NpgsqlParameter Of(IEnumerable<object?> values, ColumnKind kind, string databaseType) =>
        kind switch
        {
            ColumnKind.Boolean => Nullable<bool>(values, NpgsqlDbType.Boolean),
            ColumnKind.SmallInteger => Nullable<short>(values, NpgsqlDbType.Smallint),
            ColumnKind.PlainInteger => Nullable<int>(values, NpgsqlDbType.Integer),
            ColumnKind.LongInteger => Nullable<long>(values, NpgsqlDbType.Bigint),
            ColumnKind.Real => Nullable<float>(values, NpgsqlDbType.Real),
            ColumnKind.DoubleReal => Nullable<double>(values, NpgsqlDbType.Double),
            ColumnKind.Number => Nullable<decimal>(values, NpgsqlDbType.Numeric),
            ColumnKind.Uuid => Nullable<Guid>(values, NpgsqlDbType.Uuid),
            ColumnKind.Date => Nullable<DateOnly>(values, NpgsqlDbType.Date),
            ColumnKind.Time => Nullable<TimeOnly>(values, NpgsqlDbType.Time),
            ColumnKind.Duration => Nullable<TimeSpan>(values, NpgsqlDbType.Interval),
            ColumnKind.Timestamp or ColumnKind.Moment when databaseType == PostgresColumnForm.InstantType => Nullable<DateTime>(
                values.Select(static value => value is null ? null : (object)Utc(value)),
                NpgsqlDbType.TimestampTz
            ),
            ColumnKind.Timestamp or ColumnKind.Moment => Nullable<DateTime>(
                values.Select(static value => value is null ? null : (object)Unspecified(value)),
                NpgsqlDbType.Timestamp
            ),
            ColumnKind.Bytes => Array([.. values.Select(static value => (byte[]?)value)], NpgsqlDbType.Bytea),
            _ => Array([.. values.Select(static value => (string?)value)], NpgsqlDbType.Text),
        };

    /// <summary>Numbers that are all there.</summary>
    public static NpgsqlParameter Of(IEnumerable<long> values) => Array([.. values], NpgsqlDbType.Bigint);

    /// <summary>What a column holds, as the type of a kind: a moment without a zone is UTC.</summary>
    public static object? Read(NpgsqlDataReader reader, int ordinal, ColumnKind kind, string databaseType) =>
        kind == ColumnKind.Moment && databaseType != PostgresColumnForm.InstantType && !reader.IsDBNull(ordinal)
            ? new DateTimeOffset(DateTime.SpecifyKind(reader.GetDateTime(ordinal), DateTimeKind.Utc))
            : ColumnReader.Read(reader, ordinal, kind);

    /// <summary>Whether the driver reads a column as the type of a kind at all.</summary>
    /// <param name="reader">A reader on a row of NULLs.</param>
    /// <param name="ordinal">The column's place.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="databaseType">The column's type.</param>
    public static bool CanRead(NpgsqlDataReader reader, int ordinal, ColumnKind kind, string databaseType)
    {
        try
        {
            _ = kind switch
            {
                ColumnKind.Boolean => reader.GetFieldValue<bool?>(ordinal),
                ColumnKind.SmallInteger => reader.GetFieldValue<short?>(ordinal),
                ColumnKind.PlainInteger => reader.GetFieldValue<int?>(ordinal),
                ColumnKind.LongInteger => reader.GetFieldValue<long?>(ordinal),
                ColumnKind.Real => reader.GetFieldValue<float?>(ordinal),
                ColumnKind.DoubleReal => reader.GetFieldValue<double?>(ordinal),
                ColumnKind.Number => reader.GetFieldValue<decimal?>(ordinal),
                ColumnKind.Uuid => reader.GetFieldValue<Guid?>(ordinal),
                ColumnKind.Date => reader.GetFieldValue<DateOnly?>(ordinal),
                ColumnKind.Time => reader.GetFieldValue<TimeOnly?>(ordinal),
                ColumnKind.Duration => reader.GetFieldValue<TimeSpan?>(ordinal),
                ColumnKind.Moment when databaseType == PostgresColumnForm.InstantType => reader.GetFieldValue<DateTimeOffset?>(ordinal),
                ColumnKind.Timestamp or ColumnKind.Moment => reader.GetFieldValue<DateTime?>(ordinal),
                ColumnKind.Bytes => reader.GetFieldValue<byte[]>(ordinal),
                _ => (object)reader.GetFieldValue<string>(ordinal),
            };
            return true;
        }
        catch (InvalidCastException exception)
        {
            // Of NULL it says so, too, where the type of .NET has one.
            return !exception.Message.StartsWith(Unreadable, StringComparison.Ordinal);
        }
    }

    private static NpgsqlParameter<TElement?[]> Nullable<TElement>(IEnumerable<object?> values, NpgsqlDbType type)
        where TElement : struct => Array([.. values.Select(static value => (TElement?)value)], type);

    private static NpgsqlParameter<TElement[]> Array<TElement>(TElement[] elements, NpgsqlDbType type) =>
        new() { TypedValue = elements, NpgsqlDbType = NpgsqlDbType.Array | type };

    /// <remarks>A time that does not say its zone is taken for UTC, never for this machine's.</remarks>
    private static DateTime Utc(object value) =>
        value switch
        {
            DateTimeOffset moment => moment.UtcDateTime,
            DateTime { Kind: DateTimeKind.Local } local => local.ToUniversalTime(),
            DateTime time => DateTime.SpecifyKind(time, DateTimeKind.Utc),
            _ => throw new InvalidCastException($"A {value.GetType()} is no time."),
        };

    private static DateTime Unspecified(object value) =>
        DateTime.SpecifyKind(value is DateTimeOffset moment ? moment.UtcDateTime : (DateTime)value, DateTimeKind.Unspecified);
}
