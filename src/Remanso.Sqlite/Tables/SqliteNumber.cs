using System.Globalization;
using Microsoft.Data.Sqlite;
using Remanso.Sql.Tables;
using Remanso.Stores;

namespace Remanso.Sqlite.Tables;

/// <summary>Numbers and flags of columns, which may hold anything: of a text that is no number SQLite makes 0, and of a
/// fraction a whole number (https://www.sqlite.org/c3ref/column_blob.html). What would be read so is an error of its row.</summary>
internal static class SqliteNumber
{
    private const double TooLarge = 9_223_372_036_854_775_808d;

    /// <summary>Whether values of a kind are read as numbers.</summary>
    public static bool Is(ColumnKind kind) => IsWhole(kind) || kind is ColumnKind.Real or ColumnKind.DoubleReal;

    /// <summary>The type that a column of such a kind has.</summary>
    public static string Type(ColumnKind kind) => IsWhole(kind) ? SqliteAffinity.Integer : SqliteAffinity.Real;

    /// <exception cref="StoreException">The column holds no such number.</exception>
    public static void Check(SqliteDataReader reader, int ordinal, ColumnKind kind, string column)
    {
        if (!Is(kind) || reader.IsDBNull(ordinal) || reader.GetFieldType(ordinal) == typeof(long))
        {
            return;
        }

        var value = reader.GetValue(ordinal);
        if (!(IsWhole(kind) ? IsWhole(value) : IsReal(value)))
        {
            throw new StoreException(
                $"The column {column} holds a {value.GetType().Name} that is no {(IsWhole(kind) ? "whole number" : "number")}.",
                isTransient: false
            )
            {
                BlamesRow = true,
            };
        }
    }

    private static bool IsWhole(ColumnKind kind) =>
        kind is ColumnKind.Boolean or ColumnKind.SmallInteger or ColumnKind.PlainInteger or ColumnKind.LongInteger;

    private static bool IsWhole(object value) =>
        value is double number && double.IsInteger(number) && Math.Abs(number) < TooLarge
        || value is string text && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static bool IsReal(object value) =>
        value is double
        || value is string text
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number);
}
