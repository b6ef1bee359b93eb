using System.Net.Sockets;
using System.Text;
using Npgsql;
using Remanso.Sql;

namespace Remanso.Postgres;

/// <summary>What PostgreSQL's SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html) mean for a store.</summary>
internal static class PostgresFailures
{
    /// <summary>What to set, on each face, for a pooler that gives every transaction another session of the server.</summary>
    public const string PoolerHint =
        "Nothing can be prepared through a pooler such as PgBouncer: set prepare=false in the address, PreparesStatements to "
        + "false, or for Entity Framework UsePostgresTables(preparesStatements: false); and no Max Auto Prepare of Npgsql's";

    /// <summary>How Npgsql begins to say that none of several hosts will do.</summary>
    private const string NoHost = "No suitable host";

    /// <summary>Where the server finds that a policy forbids this very row; its message is in the server's language.</summary>
    private const string RowSecurity = "ExecWithCheckOptions";

    public static SqlFailure Explain(Exception exception, string description) =>
        exception switch
        {
            PostgresException
            {
                SqlState: PostgresErrorCodes.InvalidSqlStatementName or PostgresErrorCodes.DuplicatePreparedStatement
            } pooled => new SqlFailure(
                SqlFailureKind.Passing,
                $"{description} refused: {OneLine(pooled.MessageText)} (SQLSTATE {pooled.SqlState}). {PoolerHint}"
            ),
            PostgresException pooled when IsStatementPooling(pooled) => new SqlFailure(
                SqlFailureKind.Operator,
                $"{description} refused: {OneLine(pooled.MessageText)} (SQLSTATE {pooled.SqlState}). Each batch is a transaction: set "
                    + "pool_mode of the pooler to transaction or session"
            ),
            PostgresException cached when IsOfConnection(cached) && !IsFatal(cached) => new SqlFailure(
                SqlFailureKind.Passing,
                $"{description} refused: {OneLine(cached.MessageText)} (SQLSTATE {cached.SqlState})"
            ),
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege, Routine: RowSecurity } forbidden => new SqlFailure(
                SqlFailureKind.Refused,
                $"{description} refused: {OneLine(forbidden.MessageText)} (SQLSTATE {forbidden.SqlState})",
                BlamesRow: true
            ),
            PostgresException postgres => new SqlFailure(
                KindOf(postgres.SqlState),
                $"{description} refused: {WithoutValue(postgres)} (SQLSTATE {postgres.SqlState})",
                BlamesRow(postgres.SqlState)
            ),

            // Of several hosts each has its own cause, or there is none: all answer, and none is what is looked for.
            NpgsqlException { InnerException: AggregateException hosts } => hosts
                .InnerExceptions.Select(host => Explain(host, description))
                .OrderBy(static failure => failure.Kind != SqlFailureKind.Passing)
                .First(),
            NpgsqlException { InnerException: null } when exception.Message.StartsWith(NoHost, StringComparison.Ordinal) => new SqlFailure(
                SqlFailureKind.Passing,
                $"{description} has no host that target_session_attrs allows, which is read-write unless it is said"
            ),
            NpgsqlException { InnerException: TimeoutException } when exception.Message.Contains("pool", StringComparison.Ordinal) =>
                new SqlFailure(SqlFailureKind.Passing, $"{description} can't be asked: {OneLine(exception.Message)}"),

            // The driver's own complaints, such as a missing password or a server without TLS; and a password file's.
            NpgsqlException { IsTransient: false } => new SqlFailure(
                SqlFailureKind.Operator,
                $"{description} can't be used: {OneLine(Innermost(exception).Message)}"
            ),
            NpgsqlException or TimeoutException or IOException or SocketException or OperationCanceledException => new SqlFailure(
                SqlFailureKind.Passing,
                $"{description} does not answer: {OneLine(Innermost(exception).Message)}"
            ),
            ObjectDisposedException => new SqlFailure(SqlFailureKind.Passing, $"The store {description} has been closed."),
            _ => new SqlFailure(
                SqlFailureKind.Refused,
                $"The store {description} failed: {OneLine(exception.Message)}",
                exception is EncoderFallbackException
            ),
        };

    /// <summary>The class of a SQLSTATE: single codes first, then their class (the first two characters).</summary>
    internal static SqlFailureKind KindOf(string sqlState) =>
        sqlState switch
        {
            PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.InvalidCatalogName => SqlFailureKind.Operator,

            // A standby, or a server set read-only: passes when the address leads to the primary again.
            PostgresErrorCodes.ReadOnlySqlTransaction => SqlFailureKind.Passing,

            // A value larger than the server can ever hold is a fault of the data, not of the machine.
            PostgresErrorCodes.ProgramLimitExceeded => SqlFailureKind.Refused,

            _ => (sqlState.Length < 2 ? sqlState : sqlState[..2]) switch
            {
                // 28: wrong user or password. 42: our statements don't change, so somebody changed the schema or the rights.
                "28" or "42" => SqlFailureKind.Operator,

                // 08 connection, 25 transaction state, 40 rollback (deadlock, serialization), 53 resources (a full disk among
                // them: somebody makes room), 55 locks, 57 intervention (shutdown, timeout), 58 system, XX a fault in the server.
                "08" or "25" or "40" or "53" or "55" or "57" or "58" or "XX" => SqlFailureKind.Passing,

                // 21, 22, 23, 44 … : the data.
                _ => SqlFailureKind.Refused,
            },
        };

    /// <summary>Whether an error is the connection's: ended by the server or a pooler (FATAL) or lost, or with prepared
    /// statements that don't fit any more (26000, 42P05, 0A000). One to a server that takes no writes (25006) lives on,
    /// though its address may lead to another by now.</summary>
    public static bool IsOfConnection(Exception exception) =>
        exception switch
        {
            PostgresException { SqlState: "26000" or "42P05" } => true,
            PostgresException postgres when IsFatal(postgres) => !IsStatementPooling(postgres),
            PostgresException when IsReadOnly(exception) => true,
            PostgresException { SqlState: PostgresErrorCodes.FeatureNotSupported, Routine: "RevalidateCachedQuery" } => true,
            PostgresException => false,
            NpgsqlException { InnerException: IOException or SocketException } => true,
            _ => false,
        };

    private static bool IsFatal(PostgresException exception) => exception.InvariantSeverity is "FATAL" or "PANIC";

    /// <summary>Whether PgBouncer lends a session for one statement alone.</summary>
    private static bool IsStatementPooling(PostgresException exception) =>
        exception.SqlState == PostgresErrorCodes.ProtocolViolation
        && exception.MessageText.Contains("statement pooling", StringComparison.Ordinal);

    /// <summary>Whether the server takes no writes.</summary>
    public static bool IsReadOnly(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>A value (22), a constraint (23), the condition of a view (44), what a trigger raises (P0).</summary>
    private static bool BlamesRow(string sqlState) => sqlState.Length == 5 && sqlState[..2] is "22" or "23" or "44" or "P0";

    private static Exception Innermost(Exception exception) =>
        exception.InnerException is null ? exception : Innermost(exception.InnerException);

    // Values that are no number, time or the like: the message quotes them.
    private static string WithoutValue(PostgresException refused)
    {
        var message = OneLine(refused.MessageText);
        var begin = refused.SqlState is "22P02" or "22003" or "22007" or "22008" ? message.IndexOf('"', StringComparison.Ordinal) : -1;
        var end = message.LastIndexOf('"');
        return end > begin && begin >= 0 ? string.Concat(message.AsSpan(0, begin), "\"…", message.AsSpan(end)) : message;
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
