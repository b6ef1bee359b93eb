using System.Data.Common;

namespace Remanso.Sql;

// The address may lead to the old server for a while after a fail-over, and a pool that is emptied then fills with
// connections to it again: so it is emptied anew, soon at first. A server that is read-only for good costs the application
// its connections once a minute.

/// <summary>When a pool of connections is emptied because their server takes no writes: the address may lead to another
/// one by now. An application uses its own pool for much else, so that one is emptied ever more rarely.</summary>
/// <param name="isOurs">Whether nobody else uses the pools.</param>
/// <param name="time">The clock.</param>
internal sealed class PoolReset(bool isOurs, TimeProvider time)
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMinutes(1);

    // Who did not ask for so long had no such error: the next one is news.
    private static readonly TimeSpan _oblivion = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();

    // By data source, or connection string, in which an open connection has no password.
    private readonly Dictionary<object, Turn> _pools = [];

    /// <summary>Whether nobody else uses the pools.</summary>
    public bool IsOurs => isOurs;

    /// <summary>Whether the pool of a connection is to be emptied now.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="source">The data source that has the pool; null where the connection string does.</param>
    public bool TryBegin(DbConnection connection, DbDataSource? source = null)
    {
        if (isOurs)
        {
            return true;
        }

        lock (_gate)
        {
            var now = time.GetTimestamp();
            foreach (var (pool, turn) in _pools)
            {
                if (time.GetElapsedTime(turn.AskedAt, now) >= _oblivion)
                {
                    _pools.Remove(pool);
                }
            }

            object name = source is null ? connection.ConnectionString : source;
            if (!_pools.TryGetValue(name, out var last))
            {
                _pools[name] = new Turn(now, now, _firstPause);
                return true;
            }

            if (time.GetElapsedTime(last.BeganAt, now) < last.Pause)
            {
                _pools[name] = last with { AskedAt = now };
                return false;
            }

            var pause = last.Pause * 2;
            _pools[name] = new Turn(now, now, pause < _longestPause ? pause : _longestPause);
            return true;
        }
    }

    /// <param name="AskedAt">When it was asked for last.</param>
    /// <param name="BeganAt">When it was emptied last.</param>
    /// <param name="Pause">For how long it is not to be emptied again.</param>
    private sealed record Turn(long AskedAt, long BeganAt, TimeSpan Pause);
}
