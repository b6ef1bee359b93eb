using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Redis.Watch;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// What all processes of a cache must agree on: the layout of its entries, the number of its partitions, whether every
// version is kept, and which store it belongs to. It is stated once for the cache, in a hash with a field for each,
// which is what a refusal names; and once in each partition, as one number (the "terms"), which each write and each
// partition lease compares in its script. So who disagrees is refused also where the server lost its data while both
// were running, or the cache was restated by others: a partition without terms takes no write until its writer has
// agreed anew. Whoever starts asks all partitions. Whoever has started agrees anew with those that can be reached, so that
// a master that is away keeps nobody from the others; then nothing but what is in force already is stated.
//
// Anything may be restated while nothing is dirty, but for the number of partitions and the layout. The store may only
// where nobody agreed with the one in force for a while: the others would find theirs taken away. The partitions change
// first, each in one step that judges what is dirty and drops another store's copies; then the cache; then the partitions
// again, for those of the old settings who run may have taken clean ones back meanwhile. What fails half-way so leaves
// the old settings in force: who has them goes on, or starts again.

/// <summary>Sees to it that the processes of a cache agree, from their start on.</summary>
[SuppressMessage(
    "Reliability",
    "CA1001",
    Justification = "Nobody asks the semaphore for a wait handle, so there is nothing to dispose of; and a renewal may outlast the tier."
)]
internal sealed class Agreement : IWatchedCache
{
    /// <summary>For how long nobody may have used a cache before it can be given to another store.</summary>
    public static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(1);

    private const long Exact = (1L << 53) - 1;
    private const int ModeField = 5;

    private const string ToBeGiven =
        "To give the cache to another store, flush it, replay or drop its dead letters, and stop its processes";

    private static readonly string _abandoned = $"{AbandonedAfter.TotalSeconds:0} s";

    private static readonly ReplyParser<long> _statedParser = static (ref reply) =>
        reply.ReadBytes() is { Length: sizeof(double) } bytes ? (long)BitConverter.ToDouble(bytes) : 0;

    private readonly RedisCalls _calls;
    private readonly DirtyView _dirty;
    private readonly bool _keepsVersions;
    private readonly string _store;
    private readonly string[] _fields;
    private readonly long _otherMode;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private long _renewals;

    public Agreement(CacheKeys keys, TierOptions options, RedisCalls calls, DirtyView dirty, ILogger logger)
    {
        _dirty = dirty;
        Keys = keys;
        _calls = calls;
        _logger = logger;
        _keepsVersions = options.KeepsVersions;
        // Never empty, so that what nobody has stated is told apart.
        _store = $"={options.StoreIdentity}";
        _fields =
        [
            "layout",
            EntryLayout.Version.ToString(CultureInfo.InvariantCulture),
            "partitions",
            options.Partitions.ToString(CultureInfo.InvariantCulture),
            "versions",
            _keepsVersions ? "1" : "0",
            "store",
            _store,
        ];
        Terms = TermsOf(_fields);
        _otherMode = TermsOf([.. _fields.Select((field, i) => i == ModeField ? (_keepsVersions ? "0" : "1") : field)]);
    }

    /// <inheritdoc/>
    public CacheKeys Keys { get; }

    /// <summary>A short form of what this process believes.</summary>
    public long Terms { get; }

    /// <summary>In what the others differ, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Agrees at a start.</summary>
    /// <exception cref="InvalidOperationException">It can't, and why.</exception>
    public async ValueTask AgreeAsync(RedisCalls calls, CancellationToken cancellationToken)
    {
        var (age, values) = await AskAsync(
                calls,
                mayState: !await IsStatedOtherwiseAsync(calls, cancellationToken).ConfigureAwait(false),
                cancellationToken
            )
            .ConfigureAwait(false);
        ThrowUnlessSame(values);
        var (mode, store) = (values[2]!, values[3]!);
        var changes = mode != _fields[ModeField] || store != _store;
        if (changes)
        {
            await ThrowUnlessFreeAsync(calls, mode, store, age, cancellationToken).ConfigureAwait(false);
        }

        await StateTermsAsync(calls, cancellationToken).ConfigureAwait(false);
        if (changes)
        {
            await ChangeAsync(calls, mode, store, cancellationToken).ConfigureAwait(false);
        }

        Problem = null;
    }

    /// <summary>Agrees again: a script found other terms than these.</summary>
    /// <exception cref="TierUnavailableException">The others differ.</exception>
    public async ValueTask RenewAsync(CancellationToken cancellationToken)
    {
        var before = Volatile.Read(ref _renewals);
        await _renewing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Many meet the same refusal, and one answer does for all who met it before.
            if (Volatile.Read(ref _renewals) <= before + 1)
            {
                await RenewOnceAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (InvalidOperationException exception) when (exception is not ObjectDisposedException)
        {
            Note(exception.Message);
        }
        finally
        {
            _renewing.Release();
        }

        ThrowIfDifferent();
    }

    private async ValueTask RenewOnceAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _renewals);
        _calls.ThrowIfAway(Keys.Meta);
        var stated = await _calls
            .TryAllAsync(Keys.Partitions.ToArray(), static partition => partition, StatedAsync, cancellationToken)
            .ConfigureAwait(false);
        var unknown = Array.Find(stated, static terms => terms.Error is not null).Error;
        var mayState = unknown is null && !Array.Exists(stated, terms => IsOther(terms.Value));
        var (_, values) = await AskAsync(_calls, mayState, cancellationToken).ConfigureAwait(false);
        if (unknown is not null && Array.TrueForAll(values, static value => value is null))
        {
            // Those that can't be reached may know what was in force.
            ExceptionDispatchInfo.Throw(unknown);
        }

        Note(Difference(values));
        if (Problem is null)
        {
            await StateTermsWhereReachedAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compares, and states nothing.</summary>
    /// <returns>In what the others differ, or null; and whether a start would be refused for it.</returns>
    public async ValueTask<(string? Difference, bool IsRefused)> LookAsync(CancellationToken cancellationToken)
    {
        var (age, values) = await AskAsync(_calls, mayState: false, cancellationToken).ConfigureAwait(false);
        if (Array.TrueForAll(values, static value => value is null) || Difference(values) is not { } difference)
        {
            return (null, false);
        }

        var mayChange = values[0] == _fields[1] && values[1] == _fields[3] && (values[3] == _store || age.Duration() >= AbandonedAfter);
        return (difference, !mayChange || await BoundToOthersAsync(_calls, cancellationToken).ConfigureAwait(false) > 0);
    }

    /// <inheritdoc/>
    public async ValueTask VerifyAsync(CancellationToken cancellationToken)
    {
        var (_, values) = await AskAsync(_calls, mayState: Problem is null, cancellationToken).ConfigureAwait(false);
        // Who disagrees states nothing, unless nobody does any more.
        if (Array.TrueForAll(values, static value => value is null))
        {
            (_, values) = await AskAsync(_calls, mayState: true, cancellationToken).ConfigureAwait(false);
        }

        Note(Difference(values));
    }

    /// <inheritdoc/>
    public void NoteRoom(long bytes) => _dirty.NoteRoom(bytes);

    /// <exception cref="TierUnavailableException">The others differ.</exception>
    public void ThrowIfDifferent()
    {
        if (Problem is { } problem)
        {
            throw new TierUnavailableException(problem, mayHaveHappened: false);
        }
    }

    private void Note(string? problem)
    {
        if (Problem is null && problem is not null)
        {
            _logger.Disagrees(problem);
        }

        Problem = problem;
    }

    private ValueTask<(TimeSpan Age, string?[] Values)> AskAsync(RedisCalls calls, bool mayState, CancellationToken cancellationToken) =>
        calls.RunAsync(
            static (client, item, token) => AgreeScript.RunAsync(client, item.Keys, item.MayState, item.Fields, token),
            (Keys, MayState: mayState, Fields: _fields),
            cancellationToken
        );

    private async ValueTask<bool> IsStatedOtherwiseAsync(RedisCalls calls, CancellationToken cancellationToken)
    {
        var stated = await calls.RunAllAsync(Keys.Partitions.ToArray(), StatedAsync, cancellationToken).ConfigureAwait(false);
        return stated.Any(IsOther);
    }

    private static ValueTask<long> StatedAsync(IRedisClient client, PartitionKeys partition, CancellationToken cancellationToken) =>
        client.ExecuteAsync(RedisRoute.FirstKey, _statedParser, cancellationToken, "GETRANGE", partition.State, 104, 111);

    private bool IsOther(long terms) => terms != 0 && terms != Terms;

    private string? Difference(string?[] values)
    {
        try
        {
            ThrowUnlessSame(values);
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message;
        }

        return values[3] != _store ? OtherStore(values[3]!, $"{ToBeGiven} for {_abandoned}.")
            : values[2] != _fields[ModeField]
                ? OtherMode(values[2]!, "which its processes have changed to meanwhile: stop the ones of the other mode.")
            : null;
    }

    private void ThrowUnlessSame(string?[] values)
    {
        if (Array.IndexOf(values, null) >= 0)
        {
            throw new InvalidOperationException(
                $"The cache {Keys.Cache} on this Redis has partitions that were written with other settings "
                    + "(Tier:Partitions, WriteMode, or another store), and what these were is lost."
            );
        }

        Keys.ThrowUnlessLayout(Number(values[0]!));
        Keys.ThrowUnlessPartitions(Number(values[1]!));
    }

    private async ValueTask ThrowUnlessFreeAsync(
        RedisCalls calls,
        string mode,
        string store,
        TimeSpan age,
        CancellationToken cancellationToken
    )
    {
        var isOthers = store != _store && age.Duration() < AbandonedAfter;
        var entries = isOthers ? 0 : await BoundToOthersAsync(calls, cancellationToken).ConfigureAwait(false);
        if (isOthers || (entries > 0 && store != _store))
        {
            throw new InvalidOperationException(
                OtherStore(store, isOthers ? $"{ToBeGiven}: one of them used it less than {_abandoned} ago." : Bound(entries))
            );
        }

        if (entries > 0)
        {
            throw new InvalidOperationException(
                OtherMode(
                    mode,
                    $"where {entries} entries are dirty or dead letters: flush them with the mode that they were written in, "
                        + "replay or drop the dead letters, and stop its processes."
                )
            );
        }
    }

    /// <summary>Changes the cache, whose partitions were changed just before.</summary>
    private async ValueTask ChangeAsync(RedisCalls calls, string mode, string store, CancellationToken cancellationToken)
    {
        await SetAsync(calls, _fields[ModeField], _store, cancellationToken).ConfigureAwait(false);
        try
        {
            await StateTermsAsync(calls, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Those of the old settings may have been quicker: what they have accepted is theirs to flush.
            await SetAsync(calls, mode, store, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask StateTermsAsync(RedisCalls calls, CancellationToken cancellationToken)
    {
        var stated = await calls.RunAllAsync(Keys.Partitions.ToArray(), StateAsync, cancellationToken).ConfigureAwait(false);
        ThrowUnlessStated(stated);
    }

    private async ValueTask StateTermsWhereReachedAsync(CancellationToken cancellationToken)
    {
        var stated = await _calls
            .TryAllAsync(Keys.Partitions.ToArray(), static partition => partition, StateAsync, cancellationToken)
            .ConfigureAwait(false);
        ThrowUnlessStated(Array.ConvertAll(stated, terms => terms.Error is null ? terms.Value : Terms));
    }

    private ValueTask<long> StateAsync(IRedisClient client, PartitionKeys partition, CancellationToken cancellationToken) =>
        TermsScript.RunAsync(client, partition, Terms, _otherMode, cancellationToken);

    private void ThrowUnlessStated(long[] stated)
    {
        if (Array.FindIndex(stated, terms => terms != Terms) is >= 0 and var at)
        {
            throw new InvalidOperationException(
                $"Partition {at} of the cache {Keys.Cache} on this Redis has dirty entries or dead letters that were written "
                    + "with other settings (WriteMode, or another store): flush them with those, replay or drop the dead "
                    + "letters, and stop their processes."
            );
        }
    }

    /// <summary>How many entries are dirty or dead letters in partitions of other terms than these.</summary>
    private async ValueTask<long> BoundToOthersAsync(RedisCalls calls, CancellationToken cancellationToken)
    {
        // The terms first: they change only where nothing is dirty.
        var stated = await calls.RunAllAsync(Keys.Partitions.ToArray(), StatedAsync, cancellationToken).ConfigureAwait(false);
        var dirty = await calls
            .RunAllAsync(
                Keys.Partitions.ToArray(),
                static (client, partition, token) => DirtyScript.RunAsync(client, partition, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        return dirty.Where((_, i) => stated[i] != Terms).Sum(static partition => partition.Amount.Entries + partition.DeadLetters);
    }

    private async ValueTask SetAsync(RedisCalls calls, string mode, string store, CancellationToken cancellationToken) =>
        await calls
            .RunAsync(
                static (client, item, token) =>
                    client.ExecuteAsync(
                        RedisRoute.FirstKey,
                        Replies.Int64,
                        token,
                        "HSET",
                        item.Meta,
                        "versions",
                        item.Mode,
                        "store",
                        item.Store
                    ),
                (Keys.Meta, Mode: mode, Store: store),
                cancellationToken
            )
            .ConfigureAwait(false);

    private static long TermsOf(string[] fields) =>
        Math.Max(1, BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', fields)))) & Exact);

    private string OtherMode(string inForce, string remedy) =>
        $"Remanso:Caches:{Keys.Cache}:WriteMode keeps {(_keepsVersions ? "every version" : "no versions")} here, but "
        + $"{(inForce == "1" ? "every version" : "none")} on this Redis, {remedy}";

    private string OtherStore(string inForce, string remedy) =>
        $"The cache {Keys.Cache} on this Redis belongs to the store {NameOf(inForce)}, and this process has "
        + $"{NameOf(_store)}: two deployments on one Redis need a prefix each "
        + $"(redis://host/0?prefix=NAME). {remedy}";

    private static string Bound(long entries) =>
        $"{entries} of its entries are dirty or dead letters: start its processes with that store again, flush, replay or drop "
        + $"the dead letters, and stop them for {_abandoned}.";

    private static string NameOf(string store) => store.Length > 1 ? store[1..] : "without a name";

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
