using Microsoft.Extensions.Logging;
using Npgsql;
using Remanso.Common;
using Remanso.Stores;

namespace Remanso.Postgres;

// States: listening; or waiting to try again, with a back-off. What is notified meanwhile is lost, so it says when it
// listens again; what was copied until then is in doubt. Not so at its first attempt, as far as a tier is shared: a
// process that joins others must not empty it. (What changed while no process ran is served until its TTL ends.)
//
// A pooler takes LISTEN and passes no notification on, so one is sent to this connection, from another one, before it is
// believed. On a channel of its own, for to other listeners it would be a change.
//
// A connection that died in silence is found by Npgsql's keep-alive (PostgresSources); on connections of somebody else,
// who need not have that, by a question. So is a table that was dropped and made again, which has another channel, and
// one whose triggers are gone or disabled: nobody knows what was changed until they are back.

/// <summary>Listens for the notifications of <c>Schema/notify.sql</c>, on a connection of its own.</summary>
/// <param name="sources">Where the connection comes from.</param>
/// <param name="statements">Which table.</param>
/// <param name="time">For the back-off.</param>
/// <param name="logger">What is told of.</param>
/// <param name="silence">After how long without a notice the server is asked; null for as long as suits the sources.</param>
/// <param name="arrival">How long a notice may be on its way; null for as long as an answer may.</param>
internal sealed class PostgresChangeFeed(
    PostgresSources sources,
    PostgresStatements statements,
    TimeProvider time,
    ILogger logger,
    TimeSpan? silence = null,
    TimeSpan? arrival = null
) : IStoreChangeFeed
{
    private static readonly TimeSpan _firstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _answer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _longestDelay = TimeSpan.FromSeconds(10);

    // A pooler in between stays one.
    private static readonly TimeSpan _longestDelayOfTrials = TimeSpan.FromMinutes(10);

    private readonly string _database = sources.Address.ToString();
    private readonly string _trial = $"remanso_trial_{Guid.NewGuid():N}";

    // Where Npgsql sees to that, not for ever either: what its keep-alive reads just before a wait does not end that.
    private readonly TimeSpan _silence = silence ?? (sources.NoticesSilence ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(10));
    private readonly TimeSpan _arrival = arrival ?? _answer;

    public async Task RunAsync(IStoreChangeObserver observer, CancellationToken stop)
    {
        // Of connections and of trials, each in a row: after a long outage the first trial may fail once, and is made again soon.
        var (attempts, trials) = (0, 0);
        var missed = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(observer, missed, () => (attempts, trials) = (0, 0), stop).ConfigureAwait(false);
                missed = true;
            }
            catch (Exception exception)
            {
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                missed = true;
                (attempts, trials) = exception is StoreException ? (0, trials + 1) : (attempts + 1, 0);
                var longest = trials > 0 ? _longestDelayOfTrials : _longestDelay;
                var delay = Backoff.Delay(attempts + trials, _firstDelay, longest, Random.Shared.NextDouble());
                logger.ChangesLost(_database, delay, PostgresFailures.Explain(exception, _database).Message);
                await Task.Delay(delay, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Listens as long as it is the same table, and nothing was missed there.</summary>
    private async Task ListenAsync(IStoreChangeObserver observer, bool missed, Action listening, CancellationToken stop)
    {
        var connection = await sources.Listening.OpenConnectionAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var heard = new HeardNotices();
        var isReached = false;
        connection.Notification += (_, notification) =>
        {
            if (notification.Channel == _trial)
            {
                Volatile.Write(ref isReached, true);
            }
            else
            {
                heard.Add(notification.Payload);
            }
        };
        var (channel, isTold, enabling) = await LookAsync(connection, stop).ConfigureAwait(false);
        try
        {
            await ExecuteAsync(connection, $"LISTEN \"{_trial}\"; LISTEN \"{channel}\"", stop).ConfigureAwait(false);
            await TryAsync(connection, () => Volatile.Read(ref isReached), stop).ConfigureAwait(false);
            if (isTold)
            {
                logger.ChangesHeard(_database);
            }
            else
            {
                WarnOfTriggers(enabling);
            }

            listening();
            await observer.OnListeningAsync(again: missed).ConfigureAwait(false);
            while (true)
            {
                // Observers take their time: what is read from the connection meanwhile ends no later wait.
                for (var payloads = heard.TakeAll(); payloads.Count > 0; payloads = heard.TakeAll())
                {
                    await TellAsync(observer, payloads).ConfigureAwait(false);
                }

                if (await connection.WaitAsync(_silence, stop).ConfigureAwait(false))
                {
                    continue;
                }

                var now = await LookAsync(connection, stop).ConfigureAwait(false);
                if (now.Channel != channel || (now.IsTold && !isTold))
                {
                    return;
                }

                if (isTold && !now.IsTold)
                {
                    WarnOfTriggers(now.Enabling);
                    isTold = false;
                }
            }
        }
        finally
        {
            await EndAsync(connection).ConfigureAwait(false);
        }
    }

    /// <summary>Whether what others notify comes through.</summary>
    private async Task TryAsync(NpgsqlConnection connection, Func<bool> isReached, CancellationToken stop)
    {
        var other = await sources.Listening.OpenConnectionAsync(stop).ConfigureAwait(false);
        await using (other.ConfigureAwait(false))
        {
            await ExecuteAsync(other, $"NOTIFY \"{_trial}\"", stop).ConfigureAwait(false);
        }

        var since = time.GetTimestamp();
        while (!isReached())
        {
            var left = _arrival - time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero || (!await connection.WaitAsync(left, stop).ConfigureAwait(false) && !isReached()))
            {
                throw new StoreException(
                    "no notification comes through. This needs a connection to the server itself; a pooler such as PgBouncer passes none "
                        + "on unless a session of the server is its client's own",
                    isTransient: true
                );
            }
        }
    }

    /// <summary>A connection of a pool must not listen on for whoever gets it next.</summary>
    private async Task EndAsync(NpgsqlConnection connection)
    {
        if (sources.NoticesSilence || connection.FullState != System.Data.ConnectionState.Open)
        {
            return;
        }

        try
        {
            await ExecuteAsync(connection, "UNLISTEN *", CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // It is broken, and no pool keeps it.
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)_answer.TotalSeconds };
        await using var _ = command.ConfigureAwait(false);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The table's channel, and whether its triggers tell of changes there; where they are only disabled, what enables
    /// them.</summary>
    private async Task<(string Channel, bool IsTold, string? Enabling)> LookAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken
    )
    {
        // The name may be found through the search path; the notifier knows the table by its number, too.
        var command = new NpgsqlCommand(
            "SELECT 'remanso_' || coalesce(pg_partition_root($1::regclass), $1::regclass)::oid, "
                + $"{PostgresTriggers.AreThere}, {PostgresTriggers.Enabling}",
            connection
        )
        {
            CommandTimeout = (int)_answer.TotalSeconds,
        };
        await using var _ = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = statements.TableName });
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (reader.GetString(0), reader.GetBoolean(1), reader.IsDBNull(2) ? null : reader.GetString(2));
    }

    private void WarnOfTriggers(string? enabling) =>
        logger.ChangesUntold(
            statements.TableName,
            _database,
            enabling is null
                ? "Restart one process, which makes them"
                : $"Restart one process, or: ALTER TABLE {statements.TableName} {enabling}"
        );

    private async ValueTask TellAsync(IStoreChangeObserver observer, List<string> payloads)
    {
        var notices = new List<ChangeNotice>(payloads.Count);
        foreach (var payload in payloads)
        {
            if (ChangeNotice.TryParse(payload, out var notice))
            {
                notices.Add(notice);
            }
            else
            {
                logger.ChangeUnreadable(_database, payload);
            }
        }

        foreach (var cache in notices.GroupBy(static notice => notice.Cache, StringComparer.Ordinal))
        {
            if (cache.Key is null || cache.Any(static notice => notice.Key is null))
            {
                await observer.OnAllChangedAsync(cache.Key).ConfigureAwait(false);
            }
            else
            {
                await observer
                    .OnChangedAsync(cache.Key, [.. cache.Select(static notice => notice.Key!).Distinct(StringComparer.Ordinal)])
                    .ConfigureAwait(false);
            }
        }
    }
}
