using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
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
// where nobody agreed with the one in force for a while: the others would find theirs taken away.
//
// Who changes the cache and who takes its partitions back would be in each other's way, for the cache and its partitions
// lie on different servers, and a process may stand still between any two steps. So all restating has a turn, a number
// that nobody else has: a partition takes the higher one and refuses the lower, and the cache keeps the one of what is in
// force, which changes only where it still is what was seen.
// - A change takes a turn, states the partitions under it, each in one step that judges what is dirty and drops another
//   store's copies, and puts itself in force as the last step, if nothing else was put there meanwhile.
// - What fails half-way leaves the old settings in force. Who has them meets partitions of a higher turn than that in
//   force: it takes a new one, puts that in force under the same condition, and takes them back with it.
// Of the two only one finds in force what it has seen. Was it the change, then all partitions are of its turn, clean, and
// whatever the other still sends has a lower one. Was it the other, then the change has put nothing in force.

/// <summary>Sees to it that the processes of a cache agree, from their start on.</summary>
[SuppressMessage(
    "Reliability",
    "CA1001",
    Justification = "Nobody asks the semaphore for a wait handle, so there is nothing to dispose of; and a renewal may outlast the tier."
)]
internal sealed class Agreement : IWatchedCache
{
    // Each failure is another's success, so more than a few of them are no accident.
    private const int Tries = 8;

    private readonly RedisCalls _calls;
    private readonly DirtyView _dirty;
    private readonly AgreedSettings _settings;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private long _renewals;
    private int[] _bound = [];

    public Agreement(CacheKeys keys, TierOptions options, RedisCalls calls, DirtyView dirty, ILogger logger)
    {
        _dirty = dirty;
        Keys = keys;
        _calls = calls;
        _logger = logger;
        _settings = new AgreedSettings(keys.Cache, options);
    }

    /// <inheritdoc/>
    public CacheKeys Keys { get; }

    /// <summary>A short form of what this process believes.</summary>
    public long Terms => _settings.Terms;

    /// <summary>In what the others differ, or null: nothing of this cache is this process's to write or flush then.</summary>
    public string? Problem { get; private set; }

    /// <summary>What is wrong with single partitions, or null: the others go on.</summary>
    public string? PartitionProblem => Volatile.Read(ref _bound) is [var first, ..] ? _settings.BoundToOthers(first) : null;

    /// <summary>Agrees at a start.</summary>
    /// <exception cref="InvalidOperationException">It can't, and why.</exception>
    public async ValueTask AgreeAsync(RedisCalls calls, CancellationToken cancellationToken)
    {
        var tried = 0;
        while (!await TryAgreeAsync(calls, cancellationToken).ConfigureAwait(false))
        {
            if (++tried == Tries)
            {
                throw new InvalidOperationException(
                    $"The cache {Keys.Cache} on this Redis is being restated by processes of other settings "
                        + "(WriteMode, or another store): stop them, and start again."
                );
            }
        }

        Problem = null;
        Volatile.Write(ref _bound, []);
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
                Interlocked.Increment(ref _renewals);
                _calls.ThrowIfAway(Keys.Meta);
                // What is overtaken each time is refused, and tried again by whoever wants it.
                var tried = 0;
                while (tried < Tries && !await TryRenewAsync(cancellationToken).ConfigureAwait(false))
                {
                    tried++;
                }
            }
        }
        finally
        {
            _renewing.Release();
        }

        ThrowIfDifferent();
    }

    /// <summary>Why a partition still has other terms than these after they were agreed on anew.</summary>
    public TierUnavailableException Refusal(int partition)
    {
        var reason =
            Array.IndexOf(Volatile.Read(ref _bound), partition) >= 0
                ? _settings.BoundToOthers(partition)
                : "The cache is being restated by another process.";
        return new TierUnavailableException(reason, mayHaveHappened: false) { Reason = reason };
    }

    /// <returns>Whether nobody restated the cache meanwhile.</returns>
    private async ValueTask<bool> TryAgreeAsync(RedisCalls calls, CancellationToken cancellationToken)
    {
        var stated = await calls.RunAllAsync(Keys.Partitions.ToArray(), StatedAsync, cancellationToken).ConfigureAwait(false);
        _settings.Adopt(stated);
        var inForce = await AskAsync(calls, !Array.Exists(stated, _settings.IsOther), cancellationToken).ConfigureAwait(false);
        if (_settings.Lasting(inForce) is { } difference)
        {
            throw new InvalidOperationException(difference);
        }

        if (_settings.AreInForce(inForce))
        {
            var current = await TurnAsync(calls, inForce, stated, cancellationToken).ConfigureAwait(false);
            return current is not null && await StateAsync(calls, current.Value, cancellationToken).ConfigureAwait(false);
        }

        await ThrowUnlessFreeAsync(calls, inForce, cancellationToken).ConfigureAwait(false);
        var turn = await NextTurnAsync(calls, stated, cancellationToken).ConfigureAwait(false);
        return await StateAsync(calls, turn, cancellationToken).ConfigureAwait(false)
            && await PutInForceAsync(calls, inForce, turn, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Whether nobody restated the cache meanwhile.</returns>
    private async ValueTask<bool> TryRenewAsync(CancellationToken cancellationToken)
    {
        var partitions = Keys.Partitions.ToArray();
        var began = _dirty.Gone.Now;
        var looks = await _calls
            .TryAllAsync(partitions, static partition => partition, StatedAsync, cancellationToken)
            .ConfigureAwait(false);
        var unknown = Array.Find(looks, static look => look.Error is not null).Error;
        foreach (var partition in partitions.Where((_, i) => looks[i] is { Error: null, Value.Terms: 0 }))
        {
            _dirty.Gone.NoteUnstated(partition.Index, began);
        }

        // Of those that can't be reached nothing is known: no turn, and no terms.
        var stated = Array.ConvertAll(looks, static look => look.Value);
        var mayState = unknown is null && !Array.Exists(stated, _settings.IsOther);
        var inForce = await AskAsync(_calls, mayState, cancellationToken).ConfigureAwait(false);
        if (unknown is not null && inForce.IsUnknown)
        {
            // Those that can't be reached may know what was in force.
            ExceptionDispatchInfo.Throw(unknown);
        }

        Note(_settings.Difference(inForce));
        if (Problem is not null)
        {
            return true;
        }

        var turn = await TurnAsync(_calls, inForce, stated, cancellationToken).ConfigureAwait(false);
        if (turn is null)
        {
            return false;
        }

        var states = await _calls
            .TryAllAsync(
                partitions,
                static partition => partition,
                (client, partition, token) => StateOnceAsync(client, partition, turn.Value, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        if (Array.Exists(states, state => _settings.IsOther(state.Value) && state.Value.Turn > turn))
        {
            return false;
        }

        // One that can't be reached is what it was.
        var bound = Volatile.Read(ref _bound);
        NoteBound([
            .. partitions
                .Select(static partition => partition.Index)
                .Where((index, i) => states[i].Error is null ? _settings.IsOther(states[i].Value) : Array.IndexOf(bound, index) >= 0),
        ]);
        return true;
    }

    /// <summary>Compares, and states nothing.</summary>
    /// <returns>In what the others differ, or null; and whether a start would be refused for it.</returns>
    public async ValueTask<(string? Difference, bool IsRefused)> LookAsync(CancellationToken cancellationToken)
    {
        var inForce = await AskAsync(_calls, mayState: false, cancellationToken).ConfigureAwait(false);
        if (inForce.IsUnknown || _settings.Difference(inForce) is not { } difference)
        {
            return (null, false);
        }

        var mayChange = _settings.Lasting(inForce) is null && !_settings.IsUsedByOthers(inForce);
        return (difference, !mayChange || await BoundToOthersAsync(_calls, cancellationToken).ConfigureAwait(false) > 0);
    }

    /// <inheritdoc/>
    public async ValueTask VerifyAsync(CancellationToken cancellationToken)
    {
        var inForce = await AskAsync(_calls, mayState: Problem is null, cancellationToken).ConfigureAwait(false);
        // Who disagrees states nothing, unless nobody does any more.
        if (inForce.IsUnknown)
        {
            inForce = await AskAsync(_calls, mayState: true, cancellationToken).ConfigureAwait(false);
        }

        Note(_settings.Difference(inForce));
        var bound = Volatile.Read(ref _bound);
        if (bound.Length > 0)
        {
            var stated = await _calls
                .TryAllAsync(Array.ConvertAll(bound, i => Keys[i]), static partition => partition, StatedAsync, cancellationToken)
                .ConfigureAwait(false);
            int[] left = [.. bound.Where((_, i) => stated[i].Error is not null || _settings.IsOther(stated[i].Value))];
            Interlocked.CompareExchange(ref _bound, left, bound);
        }
    }

    /// <inheritdoc/>
    public void NoteRoom(long bytes) => _dirty.NoteRoom(bytes);

    /// <exception cref="TierUnavailableException">The others differ.</exception>
    private void ThrowIfDifferent()
    {
        if (Problem is { } problem)
        {
            throw new TierUnavailableException(problem, mayHaveHappened: false) { Reason = RedisCalls.Unfit };
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

    private void NoteBound(int[] partitions)
    {
        if (Interlocked.Exchange(ref _bound, partitions) is [] && partitions is [var first, ..])
        {
            _logger.Disagrees(_settings.BoundToOthers(first));
        }
    }

    private async ValueTask<InForce> AskAsync(RedisCalls calls, bool mayState, CancellationToken cancellationToken)
    {
        var inForce = await AskOnceAsync(calls, mayState, cancellationToken).ConfigureAwait(false);
        // What is stated of this store under another name is agreed with under that name.
        return !inForce.IsUnknown && _settings.Adopt(inForce)
            ? await AskOnceAsync(calls, mayState, cancellationToken).ConfigureAwait(false)
            : inForce;
    }

    private ValueTask<InForce> AskOnceAsync(RedisCalls calls, bool mayState, CancellationToken cancellationToken) =>
        calls.RunAsync(
            static (client, item, token) => AgreeScript.RunAsync(client, item.Keys, item.MayState, item.Told, item.Fields, token),
            (Keys, MayState: mayState, _settings.Told, _settings.Fields),
            cancellationToken
        );

    private static ValueTask<StatedTerms> StatedAsync(IRedisClient client, PartitionKeys partition, CancellationToken cancellationToken) =>
        client.ExecuteAsync(
            RedisRoute.FirstKey,
            StatedTerms.Parser,
            cancellationToken,
            "GETRANGE",
            partition.State,
            StatedTerms.First,
            StatedTerms.Last
        );

    /// <summary>The turn under which to state what is in force: that of it, unless a partition has a higher one.</summary>
    /// <returns>Null where something else is in force by now.</returns>
    private async ValueTask<long?> TurnAsync(RedisCalls calls, InForce inForce, StatedTerms[] stated, CancellationToken cancellationToken)
    {
        if (!Array.Exists(stated, terms => _settings.IsOther(terms) && terms.Turn > inForce.Turn))
        {
            return inForce.Turn;
        }

        var turn = await NextTurnAsync(calls, stated, cancellationToken).ConfigureAwait(false);
        return await PutInForceAsync(calls, inForce, turn, cancellationToken).ConfigureAwait(false) ? turn : null;
    }

    private ValueTask<long> NextTurnAsync(RedisCalls calls, StatedTerms[] stated, CancellationToken cancellationToken) =>
        calls.RunAsync(
            static (client, item, token) => NextTurnScript.RunAsync(client, item.Keys, item.Highest, token),
            (Keys, Highest: stated.Max(static terms => terms.Turn)),
            cancellationToken
        );

    private ValueTask<bool> PutInForceAsync(RedisCalls calls, InForce seen, long turn, CancellationToken cancellationToken) =>
        calls.RunAsync(
            static (client, item, token) =>
                PutInForceScript.RunAsync(client, item.Keys, item.Seen, item.Turn, item.Told, item.Fields, token),
            (Keys, Seen: seen, Turn: turn, _settings.Told, _settings.Fields),
            cancellationToken
        );

    private async ValueTask ThrowUnlessFreeAsync(RedisCalls calls, InForce inForce, CancellationToken cancellationToken)
    {
        var bound = _settings.IsUsedByOthers(inForce) ? 0 : await BoundToOthersAsync(calls, cancellationToken).ConfigureAwait(false);
        if (_settings.WhyNotFree(inForce, bound) is { } refusal)
        {
            throw new InvalidOperationException(refusal);
        }
    }

    /// <returns>False where a partition has a higher turn.</returns>
    private async ValueTask<bool> StateAsync(RedisCalls calls, long turn, CancellationToken cancellationToken)
    {
        var stated = await calls
            .RunAllAsync(
                Keys.Partitions.ToArray(),
                (client, partition, token) => StateOnceAsync(client, partition, turn, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        if (Array.Exists(stated, terms => _settings.IsOther(terms) && terms.Turn > turn))
        {
            return false;
        }

        var other = Array.FindIndex(stated, _settings.IsOther);
        return other < 0 ? true : throw new InvalidOperationException(_settings.BoundToOthers(other));
    }

    private ValueTask<StatedTerms> StateOnceAsync(
        IRedisClient client,
        PartitionKeys partition,
        long turn,
        CancellationToken cancellationToken
    ) => TermsScript.RunAsync(client, partition, _settings.Terms, _settings.TermsOfOtherMode, turn, cancellationToken);

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
        return dirty.Where((_, i) => stated[i].Terms != Terms).Sum(static partition => partition.Amount.Entries + partition.DeadLetters);
    }
}
