using Remanso.Stores;
using Remanso.Telemetry;

namespace Remanso.Sql.Tables;

/// <summary>Says of a row that .NET can't hold it: which one, and in which column. It is at fault, and no other row.</summary>
internal static class UnreadableRow
{
    /// <summary>Whether a driver or a reader says so of a value; other exceptions are of the connection.</summary>
    public static bool Is(Exception exception) =>
        exception
            is FormatException
                or InvalidCastException
                or OverflowException
                or ArgumentException
                or IndexOutOfRangeException
                or StoreException { BlamesRow: true };

    /// <param name="plan">The mapping.</param>
    /// <param name="key">The key's columns; null while they are read.</param>
    /// <param name="column">The column.</param>
    /// <param name="what">What it is read as, for people.</param>
    /// <param name="cause">Why it can't be.</param>
    public static StoreException Of(TablePlan plan, object?[]? key, string column, object what, Exception cause)
    {
        var row = key is null ? "A row of" : $"The row of key {new HashedKey(KeyText.Join(key))} in";

        // Not what a driver says of the value, for it may quote it.
        var why = cause is StoreException ? cause.Message : $"The column '{column}' holds what {what} can't hold ({cause.GetType().Name}).";
        return new StoreException($"{row} the table {plan.Table} can't be read: {why}", isTransient: false, cause) { BlamesRow = true };
    }
}
