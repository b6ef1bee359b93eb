namespace Remanso.Sqlite.Tables;

/// <summary>What SQLite makes of a declared type (https://www.sqlite.org/datatype3.html#determination_of_column_affinity).</summary>
internal static class SqliteAffinity
{
    public const string Integer = "INTEGER";
    public const string Text = "TEXT";
    public const string Blob = "BLOB";
    public const string Real = "REAL";
    public const string Numeric = "NUMERIC";

    public static string Of(string declared)
    {
        if (Has(declared, "INT"))
        {
            return Integer;
        }

        if (Has(declared, "CHAR") || Has(declared, "CLOB") || Has(declared, "TEXT"))
        {
            return Text;
        }

        if (declared.Length == 0 || Has(declared, "BLOB") || declared.Equals("ANY", StringComparison.OrdinalIgnoreCase))
        {
            return Blob;
        }

        return Has(declared, "REAL") || Has(declared, "FLOA") || Has(declared, "DOUB") ? Real : Numeric;
    }

    /// <summary>Whether text that looks like a number becomes one.</summary>
    public static bool IsNumeric(string declared) => Of(declared) is Integer or Real or Numeric;

    /// <summary>Whether a numeric column keeps a number whole: what is no integer of text becomes a double, of which
    /// SQLite gives 15 digits.</summary>
    public static bool Keeps(decimal number) => Math.Abs(number) < 1e28m && (decimal)(double)number == number;

    /// <summary>Whether a column for the store's own times holds them as text, and not as microseconds.</summary>
    public static bool IsTime(string declared) => Of(declared) == Text || Has(declared, "DATE") || Has(declared, "TIME");

    private static bool Has(string declared, string part) => declared.Contains(part, StringComparison.OrdinalIgnoreCase);
}
