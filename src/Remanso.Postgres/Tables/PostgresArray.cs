using Npgsql;
using NpgsqlTypes;
using Remanso.Sql.Tables;

namespace Remanso.Postgres.Tables;

/// <summary>A column of a batch as the typed array that <c>unnest</c> takes.</summary>
internal static class PostgresArray
{
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
