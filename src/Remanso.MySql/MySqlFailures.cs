using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Remanso.Sql;

namespace Remanso.MySql;

/// <summary>
/// What the errors of MySQL (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html) and MariaDB
/// (https://mariadb.com/kb/en/mariadb-error-code-reference/) mean for a store.
/// </summary>
internal static class MySqlFailures
{
    public static SqlFailure Explain(Exception exception, string description) =>
        exception switch
        {
            DbException database when NumberOf(database) is var number && number != 0 => new SqlFailure(
                KindOf(number),
                $"{description} refused: {WithoutValue(number, OneLine(exception.Message))} (error "
                    + $"{number.ToString(CultureInfo.InvariantCulture)})",
                BlamesRow(number)
            ),

            // A driver without its parts is no matter of time.
            FileNotFoundException or FileLoadException or TypeLoadException or TypeInitializationException or BadImageFormatException =>
                new SqlFailure(
                    SqlFailureKind.Operator,
                    $"{description} can't be used: the driver lacks something. {OneLine(exception.Message)}"
                ),
            ObjectDisposedException => new SqlFailure(SqlFailureKind.Passing, $"The store {description} has been closed."),

            // What drivers say when a connection ends under them; MySql.Data 26 stumbles over its own null where a query is killed.
            TimeoutException
            or IOException
            or SocketException
            or OperationCanceledException
            or InvalidOperationException
            or NullReferenceException => new SqlFailure(
                SqlFailureKind.Passing,
                $"{description} does not answer: {OneLine(Innermost(exception).Message)}"
            ),
            DbException when Causes(exception).Any(static cause => cause is TimeoutException or IOException or SocketException) =>
                new SqlFailure(SqlFailureKind.Passing, $"{description} does not answer: {OneLine(Innermost(exception).Message)}"),

            // MySql.Data says it without a number.
            DbException when exception.Message.Contains("from the pool", StringComparison.Ordinal) => new SqlFailure(
                SqlFailureKind.Passing,
                $"{description} can't be asked, all connections are in use: {OneLine(exception.Message)}"
            ),

            // The driver's own complaints, such as a server without TLS.
            DbException => new SqlFailure(SqlFailureKind.Operator, $"{description} can't be used: {OneLine(Innermost(exception).Message)}"),
            _ => new SqlFailure(
                SqlFailureKind.Refused,
                $"The store {description} failed: {OneLine(exception.Message)}",
                exception is EncoderFallbackException
            ),
        };

    /// <summary>The class of an error's number. Those not listed are about the data or the statement.</summary>
    internal static SqlFailureKind KindOf(int number) =>
        number switch
        {
            // Access, accounts, schema: somebody changed the rights, the table or the server's settings.
            1044
            or 1045
            or 1046
            or 1049
            or 1054
            or 1129
            or 1130
            or 1142
            or 1143
            or 1146
            or 1227
            or 1251
            or 1275
            or 1286
            or 1370
            or 1524
            or 1665
            or 1698
            or 1820
            or 1862
            or 1932
            or 3118
            or 3159
            or 4151 => SqlFailureKind.Operator,

            // Locks and conflicts: 1205 lock wait, 1213 deadlock, 1020 and 3101 another node was first, 1206 and 1637 too many at once.
            1020 or 1205 or 1206 or 1213 or 1637 or 3058 or 3101 or 3572 => SqlFailureKind.Passing,

            // Connections: too many, refused, lost, killed, the server shutting down or not ready (1047: a Galera node).
            1040
            or 1042
            or 1043
            or 1047
            or 1053
            or 1077
            or 1078
            or 1079
            or 1080
            or 1081
            or 1152
            or (>= 1156 and <= 1161)
            or 1184
            or 1203
            or 1226
            or 1927
            or (>= 2000 and <= 2099)
            or 3032
            or 3169
            or 4031 => SqlFailureKind.Passing,

            // Interrupted or timed out, by an operator or a limit.
            1317 or 1907 or 1969 or 3024 => SqlFailureKind.Passing,

            // The machine: disks, memory, files; a commit that failed; the table's definition changed meanwhile.
            1021 or 1026 or 1030 or 1037 or 1038 or 1041 or 1099 or 1114 or 1135 or 1180 or 1181 or 1412 or 1615 or 1815 =>
                SqlFailureKind.Passing,

            // A replica, or a server set read-only: passes when the address leads to the primary again.
            1290 or 1792 or 1836 or 3100 => SqlFailureKind.Passing,

            // The operating system's, of files and memory; and what a proxy says of itself (ProxySQL: no server in time).
            (> 0 and < 1000) or (>= 9000 and <= 9999) => SqlFailureKind.Passing,

            _ => SqlFailureKind.Refused,
        };

    /// <summary>Whether an error is the connection's: lost (2006, 2013, 2055), killed (1927), ended by a shutdown
    /// (1053) or for idleness (4031), or with what was prepared for another shape of the table (1412, 1615). One to a
    /// server that takes no writes (1290, 1792, 1836) lives on, though its address may lead to another by now.</summary>
    public static bool IsOfConnection(Exception exception) =>
        NumberOf(exception) switch
        {
            1053 or 1412 or 1615 or 1927 or 2006 or 2013 or 2055 or 4031 => true,
            1290 or 1792 or 1836 => IsReadOnly(exception),
            0 or 1042 => exception is DbException
                && Causes(exception).Any(static cause => cause is IOException or SocketException)
                && !Causes(exception).Any(static cause => cause is TimeoutException),
            _ => false,
        };

    /// <summary>Whether the server takes no writes.</summary>
    public static bool IsReadOnly(Exception exception) =>
        NumberOf(exception) switch
        {
            1792 or 1836 => true,
            1290 => exception.Message.Contains("read-only", StringComparison.OrdinalIgnoreCase),
            _ => false,
        };

    /// <summary>Constraints, lengths, ranges, types of values, and what a trigger signals.</summary>
    private static bool BlamesRow(int number) =>
        number
            is 1048
                or 1062
                or 1216
                or 1217
                or 1264
                or 1265
                or 1292
                or 1364
                or 1366
                or 1406
                or 1451
                or 1452
                or 1644
                or 1690
                or 3140
                or 3819
                or 4025;

    /// <summary>The server's number, which no interface shows: both drivers have a property for it. The outer exception
    /// may be an envelope without one.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Who gives a driver is told that it must not be trimmed.")]
    internal static int NumberOf(Exception exception) =>
        Causes(exception)
            .OfType<DbException>()
            .Select(static cause => cause.GetType().GetProperty("Number")?.GetValue(cause) as int? ?? 0)
            .FirstOrDefault(static number => number != 0);

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    private static Exception Innermost(Exception exception) => Causes(exception).Last();

    // Duplicates, and values that are no number, time or the like: the message quotes the value, then says for which key or column.
    private static string WithoutValue(int number, string message)
    {
        var begin = number is 1062 or 1292 or 1366 or 1411 or 1525 ? message.IndexOf('\'', StringComparison.Ordinal) : -1;
        if (begin < 0)
        {
            return message;
        }

        var end = message.LastIndexOf("' for ", StringComparison.Ordinal);
        return string.Concat(message.AsSpan(0, begin), "'…", end > begin ? message.AsSpan(end) : "'");
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
