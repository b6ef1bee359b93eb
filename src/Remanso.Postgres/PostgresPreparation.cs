using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Remanso.Postgres;

// Npgsql numbers what it prepares: _p1, _p2 … A pooler that gives every transaction another session of the server leads to
// one where _p1 is somebody else's statement. Where the parameters' types fit it runs, without an error: rows of one table
// then land in another. So each new connection is looked at once, before anything is prepared on it: an address may lead to
// the server today and to a pooler tomorrow.

/// <summary>Prepares statements on the server, but none through a pooler. The stores on one pool share it.</summary>
/// <param name="isWanted">Whether statements are to be prepared at all.</param>
/// <param name="description">The database, for messages.</param>
/// <param name="logger">Where to say, once, that a pooler stands between.</param>
internal sealed class PostgresPreparation(bool isWanted, string description, ILogger logger)
{
    /// <summary>Of more connections than a process ever has at a time, the dead ones are forgotten with the others.</summary>
    private const int MostKnown = 1000;

    private readonly ConcurrentDictionary<(string? Host, int Port, int Session), bool> _isPooled = new();
    private int _hasTold;

    /// <summary>Prepares a command where that is wanted and safe.</summary>
    public async ValueTask PrepareAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        if (isWanted && !await IsPooledAsync(command.Connection!, cancellationToken).ConfigureAwait(false))
        {
            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Looks whether a pooler stands between, and says so.</summary>
    public async ValueTask LookAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (isWanted)
        {
            await IsPooledAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <remarks>The number that a client is told at the start is the session's own, unless somebody between makes one up.</remarks>
    private async ValueTask<bool> IsPooledAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var name = (connection.Host, connection.Port, connection.ProcessID);
        if (_isPooled.TryGetValue(name, out var known))
        {
            return known;
        }

        var command = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        await using var _ = command.ConfigureAwait(false);
        var isPooled = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not int pid || pid != name.ProcessID;
        if (_isPooled.Count >= MostKnown)
        {
            _isPooled.Clear();
        }

        _isPooled[name] = isPooled;
        if (isPooled && Interlocked.Exchange(ref _hasTold, 1) == 0)
        {
            logger.PoolerSeen(description, PostgresFailures.PoolerHint);
        }

        return isPooled;
    }
}
