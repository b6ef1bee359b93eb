using Npgsql;
using Remanso.Entries;
using Remanso.Sql;
using Remanso.Sql.Inspection;
using Remanso.Stores;

namespace Remanso.Postgres.Inspection;

/// <summary>Looks at a PostgreSQL database; its DDL is part of transactions, so all that a start does can be tried and
/// rolled back.</summary>
internal sealed class PostgresInspection(
    PostgresAddress address,
    NpgsqlDataSource connections,
    PostgresStatements statements,
    PostgresDialect dialect
) : IStoreInspection
{
    private const int LowestMajor = 12;
    private const string TrialCache = "remanso-doctor";

    public string? Path => null;

    public IReadOnlyList<string> RemoteHosts => address.RemoteHosts;

    public bool IsEncrypted => address.IsEncrypted;

    public Task<string> GetVersionAsync(CancellationToken cancellationToken) =>
        RunAsync(static connection => Task.FromResult($"PostgreSQL {connection.PostgreSqlVersion}"), cancellationToken);

    public string? WhyNot(string version) =>
        Version.TryParse(version.Split(' ')[^1], out var number) && number.Major < LowestMajor
            ? $"{version} is older than {LowestMajor}, the oldest that is supported"
            : null;

    public Task<TimeSpan?> MeasureAsync(TimeProvider time, CancellationToken cancellationToken) =>
        RunAsync<TimeSpan?>(
            async connection => await RoundTrips.MeasureAsync(connection, time, cancellationToken).ConfigureAwait(false),
            cancellationToken
        );

    public Task<long?> GetTimeAsync(CancellationToken cancellationToken) =>
        RunAsync<long?>(
            async connection => await dialect.GetTimeAsync(connection, cancellationToken).ConfigureAwait(false),
            cancellationToken
        );

    public Task<TableState> CheckTableAsync(bool isHistory, CancellationToken cancellationToken) =>
        RunAsync(
            async connection =>
            {
                if (
                    !await PostgresDialect
                        .TableExistsAsync(connection, isHistory ? statements.HistoryName : statements.TableName, cancellationToken)
                        .ConfigureAwait(false)
                )
                {
                    return new TableState(IsThere: false);
                }

                return new TableState(IsThere: true, await CheckAsync(connection, isHistory, cancellationToken).ConfigureAwait(false));
            },
            cancellationToken
        );

    public Task<string?> TryWritingAsync(bool withHistory, CancellationToken cancellationToken) =>
        RunAsync<string?>(
            async connection =>
            {
                var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
                await using var _ = transaction.ConfigureAwait(false);

                // What others hold is theirs: nobody who works waits for this.
                await PostgresDialect.ExecuteAsync(connection, "SET LOCAL lock_timeout = '2s'", cancellationToken).ConfigureAwait(false);
                await dialect.MakeMissingAsync(connection, withHistory, cancellationToken).ConfigureAwait(false);
                await WriteAsync(connection, withHistory, cancellationToken).ConfigureAwait(false);
                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
                return null;
            },
            cancellationToken
        );

    private async Task WriteAsync(NpgsqlConnection connection, bool withHistory, CancellationToken cancellationToken)
    {
        var now = await dialect.GetTimeAsync(connection, cancellationToken).ConfigureAwait(false);
        StoreWrite<string, ReadOnlyMemory<byte>>[] rows =
        [
            new()
            {
                Key = $"{Guid.NewGuid():N}",
                Version = now,
                Value = "1"u8.ToArray(),
                ExpiresAt = CacheEntry.Never,
            },
        ];
        await dialect.UpsertInsideAsync(connection, TrialCache, rows, now, withHistory, cancellationToken).ConfigureAwait(false);

        // The second write is an update.
        rows[0] = rows[0] with { Version = now + 1, Deleted = true };
        await dialect.UpsertInsideAsync(connection, TrialCache, rows, now, withHistory, cancellationToken).ConfigureAwait(false);
        await dialect.PurgeAsync(connection, TrialCache, long.MaxValue, 1, spared: [], cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<string?> CheckAsync(NpgsqlConnection connection, bool isHistory, CancellationToken cancellationToken) =>
        PostgresSchema.CheckAsync(
            connection,
            isHistory ? HistoryRows.TableOf(statements.Name) : statements.Name,
            isHistory,
            address.ToString(),
            cancellationToken
        );

    private Task<TResult> RunAsync<TResult>(Func<NpgsqlConnection, Task<TResult>> look, CancellationToken cancellationToken) =>
        SqlCall.RunAsync(
            blocksThread: false,
            dialect.Explain,
            async () =>
            {
                var connection = await connections.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await using var _ = connection.ConfigureAwait(false);
                return await look(connection).ConfigureAwait(false);
            },
            starting: true,
            cancellationToken
        );
}
