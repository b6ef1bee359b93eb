using System.Data.Common;

namespace Remanso.Sql.Tables;

/// <summary>Reads a column in the type of its <see cref="ColumnKind"/>.</summary>
internal static class ColumnReader
{
    /// <summary>The value, or null for NULL.</summary>
    /// <param name="reader">A reader on a row.</param>
    /// <param name="ordinal">The column's place.</param>
    /// <param name="kind">The type to read.</param>
    public static object? Read(DbDataReader reader, int ordinal, ColumnKind kind)
    {
        ArgumentNullException.ThrowIfNull(reader);
        if (reader.IsDBNull(ordinal))
        {
            return null;
        }

        return kind switch
        {
            ColumnKind.Boolean => reader.GetFieldValue<bool>(ordinal),
            ColumnKind.SmallInteger => reader.GetFieldValue<short>(ordinal),
            ColumnKind.PlainInteger => reader.GetFieldValue<int>(ordinal),
            ColumnKind.LongInteger => reader.GetFieldValue<long>(ordinal),
            ColumnKind.Real => reader.GetFieldValue<float>(ordinal),
            ColumnKind.DoubleReal => reader.GetFieldValue<double>(ordinal),
            ColumnKind.Number => reader.GetFieldValue<decimal>(ordinal),
            ColumnKind.Text => reader.GetFieldValue<string>(ordinal),
            ColumnKind.Uuid => reader.GetFieldValue<Guid>(ordinal),
            ColumnKind.Date => reader.GetFieldValue<DateOnly>(ordinal),
            ColumnKind.Time => reader.GetFieldValue<TimeOnly>(ordinal),
            ColumnKind.Timestamp => reader.GetFieldValue<DateTime>(ordinal),
            ColumnKind.Moment => reader.GetFieldValue<DateTimeOffset>(ordinal),
            ColumnKind.Duration => reader.GetFieldValue<TimeSpan>(ordinal),
            ColumnKind.Bytes => reader.GetFieldValue<byte[]>(ordinal),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown kind."),
        };
    }
}
