using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Remanso.Entries;
using Remanso.MySql.Tables;
using Remanso.Sql;
using Remanso.Stores;

namespace Remanso.MySql;

// Outcomes: neither server says what a statement did to each row. Its count does where all rows were updated (each
// counts 2, one that was inserted or left alone less); otherwise the transaction asks which rows do not bear its
// save_id. It holds the locks of all of them, so the answer is exact.
//
// Locks: READ COMMITTED, where an upsert locks rows and no gaps. The rows are sorted, so two workers can't deadlock.

/// <summary>
/// MySQL and MariaDB: a batch is one statement of many rows, or a few, in one transaction.
/// </summary>
internal sealed class MySqlDialect(string description, MySqlStatements statements, bool blocksThread, PoolReset reset, ILogger logger)
    : ISqlDialect
{
    private readonly MySqlPacket _packet = new(description);
    private readonly MySqlTable _table = new(description, statements);
    private readonly SaveSession _session = new(reset.IsOurs);

    private volatile bool _isDoubtful;
    private int _saves;
    private int _hasToldOfIndex;

    public bool BlocksThread => blocksThread;

    private long RoomPerStatement => _packet.Room - statements.UpsertHead.Length - statements.UpsertGuard.Length;

    public async ValueTask CreateTableAsync(DbConnection connection, bool withHistory, CancellationToken cancellationToken) =>
        await ((MySqlSession)connection)
            .RunAsync(
                async (mysql, _) =>
                {
                    await _packet.AskAsync(mysql).ConfigureAwait(false);
                    if (
                        await _table.CreateOrCheckAsync(mysql, withHistory).ConfigureAwait(false) is { } index
                        && Interlocked.Exchange(ref _hasToldOfIndex, 1) == 0
                    )
                    {
                        logger.IndexMissing(statements.TableName, description, index);
                    }

                    return true;
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<StoreRow<string, ReadOnlyMemory<byte>>>(keys.Count);
        await ReadAsync(connection, keys, list => statements.Load(HexText.Of(cache), list), Add, cancellationToken).ConfigureAwait(false);
        return rows;

        void Add(DbDataReader reader) =>
            rows.Add(
                new StoreRow<string, ReadOnlyMemory<byte>>
                {
                    Key = MySqlColumnReader.Text(reader, 0),
                    Version = reader.GetInt64(1),
                    Deleted = Convert.ToInt64(reader.GetValue(2), CultureInfo.InvariantCulture) != 0,
                    ExpiresAt = reader.IsDBNull(3) ? CacheEntry.Never : reader.GetInt64(3),
                    ContentType = reader.IsDBNull(4) ? null : MySqlColumnReader.Text(reader, 4),
                    Value = reader.IsDBNull(5) ? default : MySqlColumnReader.Bytes(reader, 5),
                }
            );
    }

    public async ValueTask<IReadOnlyList<int>> UpsertAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        long updatedAt,
        bool withHistory,
        CancellationToken cancellationToken
    ) =>
        await ((MySqlSession)connection)
            .RunAsync(
                async (mysql, stop) =>
                {
                    var saveId = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
                    var rows = withHistory ? HistoryRows.Of(batch, []) : batch;
                    await _packet.KnowAsync(mysql, rows.Any(static row => MySqlPacket.IsLong(row.Value.Length))).ConfigureAwait(false);
                    var text = new UpsertText(_packet, statements.UpsertHead, statements.UpsertGuard, cache, updatedAt, saveId);
                    foreach (var row in rows)
                    {
                        if (text.BytesAlone(row) is var bytes && !_packet.Takes(bytes))
                        {
                            await _packet
                                .RefuseLongerAsync(mysql, transaction: null, bytes, $"the row of a value of {row.Value.Length} bytes")
                                .ConfigureAwait(false);
                        }
                    }

                    var before = await _session.PrepareAsync(mysql, stop).ConfigureAwait(false);
                    var transaction = await mysql
                        .BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken.None)
                        .ConfigureAwait(false);
                    await using var _ = transaction.ConfigureAwait(false);
                    var changed = await UpsertAsync(transaction, text, batch, before, stop).ConfigureAwait(false);
                    IReadOnlyList<int> leftAlone =
                        changed == 2L * batch.Count
                            ? []
                            : await LeftAloneAsync(transaction, HexText.Of(cache), batch, saveId, stop).ConfigureAwait(false);
                    if (VersionCheck.IsDue(ref _saves) || _isDoubtful)
                    {
                        await CheckVersionsAsync(transaction, HexText.Of(cache), batch, leftAlone, stop).ConfigureAwait(false);
                    }

                    if (withHistory)
                    {
                        var append = new UpsertText(_packet, statements.AppendHead, statements.AppendEnd, cache, updatedAt, saveId: null);
                        await UpsertAsync(transaction, append, HistoryRows.Of(batch, leftAlone), before: string.Empty, stop)
                            .ConfigureAwait(false);
                    }

                    stop.ThrowIfCancellationRequested();
                    await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                    return leftAlone;
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    public async ValueTask<IReadOnlyDictionary<string, long>> ReadVersionsAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        var versions = new Dictionary<string, long>(keys.Count, StringComparer.Ordinal);
        await ReadAsync(
                connection,
                keys,
                list => statements.Versions(HexText.Of(cache), list),
                reader => versions[MySqlColumnReader.Text(reader, 0)] = reader.GetInt64(1),
                cancellationToken
            )
            .ConfigureAwait(false);
        return versions;
    }

    public async ValueTask<long> GetTimeAsync(DbConnection connection, CancellationToken cancellationToken) =>
        await ((MySqlSession)connection)
            .RunAsync(
                async (mysql, stop) =>
                {
                    var now = 0L;
                    await MySqlCalls
                        .ReadAsync(
                            mysql,
                            transaction: null,
                            statements.Clock,
                            reader => now = Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture),
                            stop
                        )
                        .ConfigureAwait(false);
                    return now;
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <remarks>Looks without locks first, then removes by primary key in the order in which saves lock: a DELETE that
    /// found its rows by the other index would lock that one first, and could deadlock with a save, which locks it
    /// last.</remarks>
    public async ValueTask<int> PurgeAsync(
        DbConnection connection,
        string cache,
        long before,
        int max,
        IReadOnlyCollection<string> spared,
        CancellationToken cancellationToken
    ) =>
        await ((MySqlSession)connection)
            .RunAsync(
                async (mysql, stop) =>
                {
                    var hex = HexText.Of(cache);
                    var keys = new List<string>();
                    await MySqlCalls
                        .ReadAsync(
                            mysql,
                            transaction: null,
                            statements.Gone(hex, before, max + spared.Count),
                            reader => keys.Add(MySqlColumnReader.Text(reader, 0)),
                            stop
                        )
                        .ConfigureAwait(false);
                    keys = [.. keys.Except(spared, StringComparer.Ordinal).Take(max).Order(StringComparer.Ordinal)];
                    if (keys.Count == 0)
                    {
                        return 0;
                    }

                    var removed = 0;
                    var transaction = await mysql
                        .BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken.None)
                        .ConfigureAwait(false);
                    await using var _ = transaction.ConfigureAwait(false);
                    foreach (var list in KeyList.Cut(keys, RoomPerStatement))
                    {
                        removed += await MySqlCalls
                            .ExecuteAsync(mysql, transaction, statements.Purge(hex, list, before), stop)
                            .ConfigureAwait(false);
                    }

                    await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                    return removed;
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<HistoryVersion>> ReadHistoryAsync(
        DbConnection connection,
        string cache,
        string key,
        int max,
        int maxBytes,
        CancellationToken cancellationToken
    ) =>
        await ((MySqlSession)connection)
            .RunAsync(
                async (mysql, stop) =>
                {
                    var versions = new List<HistoryVersion>();
                    var sql = statements.ReadVersions(HexText.Of(cache), HexText.Of(key), max, maxBytes);
                    await MySqlCalls
                        .ReadAsync(
                            mysql,
                            transaction: null,
                            sql,
                            reader => versions.Add(HistoryRows.Read(reader, MySqlColumnReader.Text)),
                            stop
                        )
                        .ConfigureAwait(false);
                    return versions;
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    public SqlFailure Explain(Exception exception) => MySqlFailures.Explain(exception, description);

    public bool TryRenew(DbConnection connection, Exception exception)
    {
        if (!MySqlFailures.IsOfConnection(exception))
        {
            return false;
        }

        if (!MySqlFailures.IsReadOnly(exception) || reset.TryBegin(connection))
        {
            MySqlSession.ClearPool(connection);
        }

        _packet.Forget();
        _session.Forget();
        return true;
    }

    private async Task<long> UpsertAsync(
        DbTransaction transaction,
        UpsertText text,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        string before,
        CancellationToken stop
    )
    {
        var changed = 0L;
        int count;
        for (var start = 0; start < batch.Count; start += count)
        {
            stop.ThrowIfCancellationRequested();
            count = text.CountThatFits(batch, start, RoomPerStatement);
            var command = MySqlCalls.Command(transaction.Connection!, transaction);
            await using var _ = command.ConfigureAwait(false);
            text.Write(command, batch, start, count, start == 0 ? before : string.Empty);
            changed += await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return changed;
    }

    private async Task CheckVersionsAsync(
        DbTransaction transaction,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        IReadOnlyList<int> leftAlone,
        CancellationToken stop
    )
    {
        var changed = Enumerable.Range(0, batch.Count).Except(leftAlone).Select(index => batch[index]).ToArray();
        if (changed.Length == 0)
        {
            return;
        }

        var versions = new Dictionary<string, long>(changed.Length, StringComparer.Ordinal);
        foreach (var list in KeyList.Cut([.. changed.Select(static write => write.Key)], RoomPerStatement))
        {
            await MySqlCalls
                .ReadAsync(
                    transaction.Connection!,
                    transaction,
                    statements.Versions(cache, list),
                    reader => versions[MySqlColumnReader.Text(reader, 0)] = reader.GetInt64(1),
                    stop
                )
                .ConfigureAwait(false);
        }

        foreach (var write in changed)
        {
            if (versions.TryGetValue(write.Key, out var version) && version != write.Version)
            {
                _isDoubtful = true;
                throw VersionCheck.Changed(statements.TableName, write.Key, write.Version, version);
            }
        }

        _isDoubtful = false;
    }

    private async Task<IReadOnlyList<int>> LeftAloneAsync(
        DbTransaction transaction,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        long saveId,
        CancellationToken stop
    )
    {
        var keys = batch.Select(static write => write.Key).ToArray();
        var leftAlone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var list in KeyList.Cut(keys, RoomPerStatement))
        {
            await MySqlCalls
                .ReadAsync(
                    transaction.Connection!,
                    transaction,
                    statements.LeftAlone(cache, list, saveId),
                    reader => leftAlone.Add(MySqlColumnReader.Text(reader, 0)),
                    stop
                )
                .ConfigureAwait(false);
        }

        return leftAlone.Count == 0 ? [] : [.. Enumerable.Range(0, keys.Length).Where(index => leftAlone.Contains(keys[index]))];
    }

    private async ValueTask ReadAsync(
        DbConnection connection,
        IReadOnlyList<string> keys,
        Func<string, string> statement,
        Action<DbDataReader> add,
        CancellationToken cancellationToken
    ) =>
        await ((MySqlSession)connection)
            .RunAsync(
                async (mysql, stop) =>
                {
                    foreach (var list in KeyList.Cut(keys, RoomPerStatement))
                    {
                        await MySqlCalls.ReadAsync(mysql, transaction: null, statement(list), add, stop).ConfigureAwait(false);
                    }

                    return true;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
}
