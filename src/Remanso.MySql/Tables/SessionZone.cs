using System.Data.Common;

namespace Remanso.MySql.Tables;

/// <summary>UTC as the time zone of a session for a while: what is written into a <c>timestamp</c> is taken for a time
/// of the session's zone, of which one hour a year is two.</summary>
internal sealed class SessionZone
{
    private const string Utc = "+00:00";

    private readonly DbConnection _mysql;
    private readonly string _before;

    private SessionZone(DbConnection mysql, string before)
    {
        _mysql = mysql;
        _before = before;
    }

    /// <summary>Sets the zone.</summary>
    /// <returns>What to leave; null where nothing needed to be set.</returns>
    public static async Task<SessionZone?> EnterAsync(DbConnection mysql, CancellationToken stop)
    {
        var before = Utc;
        await MySqlCalls
            .ReadAsync(mysql, transaction: null, "SELECT @@session.time_zone", reader => before = reader.GetString(0), stop)
            .ConfigureAwait(false);
        if (before == Utc)
        {
            return null;
        }

        await SetAsync(mysql, Utc, stop).ConfigureAwait(false);
        return new SessionZone(mysql, before);
    }

    /// <summary>Sets the zone that was set before, for the connection's next user.</summary>
    public async ValueTask LeaveAsync()
    {
        try
        {
            await SetAsync(_mysql, _before, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The connection has ended, and its session with it. What ended it is told by the save.
        }
    }

    private static Task<int> SetAsync(DbConnection mysql, string zone, CancellationToken stop) =>
        MySqlCalls.ExecuteAsync(mysql, transaction: null, $"SET SESSION time_zone = '{zone}'", stop);
}
