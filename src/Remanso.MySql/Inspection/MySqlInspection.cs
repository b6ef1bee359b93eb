using System.Data;
using System.Data.Common;
using System.Text.RegularExpressions;
using Remanso.Entries;
using Remanso.Sql;
using Remanso.Sql.Inspection;
using Remanso.Stores;

namespace Remanso.MySql.Inspection;

/// <summary>Looks at a MySQL or MariaDB database; its DDL can't be rolled back, so the right to make a table is read
/// from the grants.</summary>
internal sealed class MySqlInspection(MySqlAddress address, DbDataSource connections, MySqlStatements statements, MySqlDialect dialect)
    : IStoreInspection
{
    private const string TrialCache = "remanso-doctor";

    private readonly MySqlTable _table = new(address.ToString(), statements);

    public string? Path => null;

    public IReadOnlyList<string> RemoteHosts => address.RemoteHosts;

    public bool IsEncrypted => address.IsEncrypted;

    public Task<string> GetVersionAsync(CancellationToken cancellationToken) =>
        RunAsync(
            static async (mysql, _) =>
            {
                var version = await ScalarAsync(mysql, "SELECT VERSION()").ConfigureAwait(false) ?? "0";
                return $"{(version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase) ? "MariaDB" : "MySQL")} {version.Split('-')[0]}";
            },
            cancellationToken
        );

    public string? WhyNot(string version)
    {
        var lowest = version.StartsWith("MariaDB", StringComparison.Ordinal) ? new Version(10, 2) : new Version(5, 7);
        return Version.TryParse(version.Split(' ')[^1], out var number) && number < lowest
            ? $"{version} is older than {lowest}, the oldest that is supported"
            : null;
    }

    public Task<TimeSpan?> MeasureAsync(TimeProvider time, CancellationToken cancellationToken) =>
        RunAsync<TimeSpan?>(
            async (mysql, stop) => await RoundTrips.MeasureAsync(mysql, time, stop).ConfigureAwait(false),
            cancellationToken
        );

    public Task<long?> GetTimeAsync(CancellationToken cancellationToken) =>
        OnSessionAsync<long?>(
            async connection => await dialect.GetTimeAsync(connection, cancellationToken).ConfigureAwait(false),
            cancellationToken
        );

    public Task<TableState> CheckTableAsync(bool isHistory, CancellationToken cancellationToken) =>
        RunAsync((mysql, _) => _table.CheckAsync(mysql, isHistory), cancellationToken);

    public Task<string?> TryWritingAsync(bool withHistory, CancellationToken cancellationToken) =>
        RunAsync(
            async (mysql, stop) =>
            {
                foreach (var engine in withHistory ? (string[])[statements.Engine, statements.HistoryEngine] : [statements.Engine])
                {
                    if (await ScalarAsync(mysql, engine).ConfigureAwait(false) is null)
                    {
                        return await MayCreateAsync(mysql).ConfigureAwait(false)
                            ? null
                            : "no grant says that this account may make the table, which is missing";
                    }
                }

                var transaction = await mysql
                    .BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken.None)
                    .ConfigureAwait(false);
                await using var _ = transaction.ConfigureAwait(false);
                await WriteAsync(mysql, transaction, withHistory, stop).ConfigureAwait(false);
                await transaction.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
                return null;
            },
            cancellationToken
        );

    private async Task WriteAsync(DbConnection mysql, DbTransaction transaction, bool withHistory, CancellationToken stop)
    {
        var key = $"{Guid.NewGuid():N}";
        StoreWrite<string, ReadOnlyMemory<byte>>[] rows =
        [
            new()
            {
                Key = key,
                Version = 1,
                Value = "1"u8.ToArray(),
                ExpiresAt = CacheEntry.Never,
            },
        ];
        var packet = new MySqlPacket(address.ToString());
        await ExecuteAsync(new UpsertText(packet, statements.UpsertHead, statements.UpsertGuard, TrialCache, updatedAt: 1, saveId: 1))
            .ConfigureAwait(false);
        if (withHistory)
        {
            await ExecuteAsync(new UpsertText(packet, statements.AppendHead, statements.AppendEnd, TrialCache, updatedAt: 1, saveId: null))
                .ConfigureAwait(false);
        }

        long? found = null;
        var (cache, keys) = (HexText.Of(TrialCache), HexText.Of(key));
        await MySqlCalls
            .ReadAsync(mysql, transaction, statements.Versions(cache, keys), reader => found = reader.GetInt64(1), stop)
            .ConfigureAwait(false);
        if (found != rows[0].Version)
        {
            throw found is { } other
                ? VersionCheck.Changed(statements.TableName, key, rows[0].Version, other)
                : VersionCheck.Held(key, rows[0].Version, found: 0);
        }

        await MySqlCalls.ExecuteAsync(mysql, transaction, statements.Purge(cache, keys, long.MaxValue), stop).ConfigureAwait(false);

        async Task ExecuteAsync(UpsertText text)
        {
            var command = MySqlCalls.Command(mysql, transaction);
            await using var _ = command.ConfigureAwait(false);
            text.Write(command, rows, 0, rows.Length);
            await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static async Task<bool> MayCreateAsync(DbConnection mysql)
    {
        var database = await ScalarAsync(mysql, "SELECT DATABASE()").ConfigureAwait(false) ?? string.Empty;
        var may = false;
        await MySqlCalls
            .ReadAsync(
                mysql,
                transaction: null,
                "SHOW GRANTS",
                reader =>
                    may |=
                        Regex.Match(
                            reader.GetString(0),
                            @"^GRANT (?<rights>.+) ON (?<where>\S+) TO ",
                            RegexOptions.ExplicitCapture,
                            TimeSpan.FromSeconds(1)
                        )
                            is { Success: true } grant
                        && (
                            grant.Groups["where"].Value is "*.*"
                            || grant
                                .Groups["where"]
                                .Value.Replace("\\_", "_", StringComparison.Ordinal)
                                .Equals($"`{database}`.*", StringComparison.OrdinalIgnoreCase)
                        )
                        && grant.Groups["rights"].Value.Split(", ").Any(static right => right is "ALL PRIVILEGES" or "CREATE"),
                CancellationToken.None
            )
            .ConfigureAwait(false);
        return may;
    }

    private static async Task<string?> ScalarAsync(DbConnection mysql, string sql)
    {
        string? found = null;
        await MySqlCalls
            .ReadAsync(
                mysql,
                transaction: null,
                sql,
                reader =>
                    found = reader.IsDBNull(0)
                        ? null
                        : Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture),
                CancellationToken.None
            )
            .ConfigureAwait(false);
        return found;
    }

    private Task<TResult> RunAsync<TResult>(
        Func<DbConnection, CancellationToken, Task<TResult>> look,
        CancellationToken cancellationToken
    ) =>
        OnSessionAsync(
            async connection => await MySqlCalls.RunAsync(connection, look, cancellationToken).ConfigureAwait(false),
            cancellationToken
        );

    private Task<TResult> OnSessionAsync<TResult>(Func<DbConnection, Task<TResult>> look, CancellationToken cancellationToken) =>
        SqlCall.RunAsync(
            dialect.BlocksThread,
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
