using System.Data.Common;
using System.Globalization;
using Remanso.Sql;

namespace Remanso.MySql;

// With each save, and not once for each connection: MySqlConnector resets a session before it lends it again, and a pool
// may lead to another server without an error. Before the first statement, in its packet, it costs no round trip.

/// <summary>Makes a session refuse what does not fit, whatever its server's <c>sql_mode</c> has become since the start,
/// and bounds its wait for a row that somebody keeps locked.</summary>
/// <param name="isOurs">Whether nobody else uses the connections.</param>
internal sealed class SaveSession(bool isOurs)
{
    /// <summary>How long a save waits for a row, in seconds: what it can't have waits for its next turn, and the others
    /// of its batch are stored.</summary>
    private const int LockSeconds = 2;

    private const string LockWait = "innodb_lock_wait_timeout";

    private const string Strict =
        "SET SESSION sql_mode = IF(LOCATE('STRICT_', @@SESSION.sql_mode) > 0, @@SESSION.sql_mode, "
        + "CONCAT_WS(',', NULLIF(@@SESSION.sql_mode, ''), 'STRICT_ALL_TABLES'))";

    // One that differs from the server's was set by somebody for this session, and stays.
    private static readonly string _bounded = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {Strict}, {LockWait} =
        IF(@@SESSION.{LockWait} = @@GLOBAL.{LockWait}, LEAST(@@GLOBAL.{LockWait}, {LockSeconds}), @@SESSION.{LockWait})
        """
    );

    private volatile Habits? _habits;
    private volatile Several _several;

    private enum Several
    {
        Unknown,
        Taken,
        Refused,
    }

    /// <summary>Prepares the session for a save.</summary>
    /// <returns>What is to stand before the first statement of the save; it may be nothing.</returns>
    public async ValueTask<string> PrepareAsync(DbConnection mysql, CancellationToken stop)
    {
        var settings = IsLeftToOthers(mysql) ? Strict : _bounded;
        if (_several == Several.Unknown)
        {
            _several = await TakesSeveralAsync(mysql, settings, stop).ConfigureAwait(false) ? Several.Taken : Several.Refused;
        }

        if (_several == Several.Taken)
        {
            return settings + ";\n";
        }

        await MySqlCalls.ExecuteAsync(mysql, transaction: null, settings, stop).ConfigureAwait(false);
        return string.Empty;
    }

    /// <summary>The next connection may lead to another server.</summary>
    public void Forget() => _several = Several.Unknown;

    /// <summary>Whether several statements may go in one packet: MySql.Data can be told not to, and a proxy may refuse it.</summary>
    private static async Task<bool> TakesSeveralAsync(DbConnection mysql, string settings, CancellationToken stop)
    {
        try
        {
            await MySqlCalls.ExecuteAsync(mysql, transaction: null, settings + "; DO 0", stop).ConfigureAwait(false);
            return true;
        }
        catch (DbException exception)
            when (MySqlFailures.NumberOf(exception) is var number && number != 0 && MySqlFailures.KindOf(number) == SqlFailureKind.Refused)
        {
            return false;
        }
    }

    /// <summary>Whether others get the session after the save as it is: a shorter wait would be a surprise to them.</summary>
    private bool IsLeftToOthers(DbConnection mysql)
    {
        if (isOurs)
        {
            return false;
        }

        // A driver's string, which is the same object or an equal one for all connections of a pool.
        var text = mysql.ConnectionString;
        if (_habits is not { } habits || habits.ConnectionString != text)
        {
            _habits = habits = new Habits(text, MySqlConnectionString.KeepsSessions(text, MySqlDriver.ResetsSessions(mysql)));
        }

        return habits.KeepsSessions;
    }

    /// <param name="ConnectionString">Of which connections.</param>
    /// <param name="KeepsSessions">Whether their pool lends a session as it was left.</param>
    private sealed record Habits(string ConnectionString, bool KeepsSessions);
}
