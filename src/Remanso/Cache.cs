using System.Runtime.CompilerServices;
using Remanso.Entries;
using Remanso.Hosting;
using Remanso.Near;
using Remanso.ReadThrough;
using Remanso.Telemetry;
using Remanso.Tiers;
using Remanso.WriteBehind;

namespace Remanso;

/// <summary>The typed face of a cache: keys and values through their codecs, everything else in tier form.</summary>
internal sealed class Cache<TKey, TValue>(
    CacheRuntime runtime,
    IKeyCodec<TKey> keys,
    IValueCodec<TValue> values,
    Func<TKey, TValue, IReadOnlyList<string>?>? tagsOf,
    Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>>? loader) : ICache<TKey, TValue>
    where TKey : notnull
{
    private readonly LoaderPlans<TKey, TValue> _plans = new(keys, values, tagsOf, runtime.Tagging);
    private readonly CacheReader _reader = runtime.Reader;
    private readonly CacheWriter _writer = runtime.Writer;
    private readonly NearCache<TKey, TValue>? _near = CreateNear(runtime, keys, values);

    // The signals of a local tier have arrived when its call returns; a remote one's are on their way.
    private readonly bool _tellsNear = runtime.Options.Near.Enabled && !runtime.Tier.IsLocal;

    public string Name => runtime.Name;

    public ValueTask<ReadResult<TValue>> GetAsync(TKey key, CancellationToken cancellationToken = default)
    {
        if (_near is not { } near)
        {
            return ReadTierAsync(key, cancellationToken);
        }

        if (near.Find(key) is not { } held)
        {
            return ReadAndHoldAsync(near, key, Plan(key), cancellationToken);
        }

        if (ShouldRefresh(near, held))
        {
            StartRefresh(near, key, held.Entry, Plan(key));
        }

        return new ValueTask<ReadResult<TValue>>(near.Read(held));
    }

    public ValueTask<ReadResult<TValue>> GetAsync(TKey key, ReadFrom from, CancellationToken cancellationToken = default) => from switch
    {
        ReadFrom.TierThenStore => GetAsync(key, cancellationToken),
        ReadFrom.Tier => DecodeAsync(_reader.ReadTierAsync(keys.Encode(key), cancellationToken)),
        ReadFrom.Store => DecodeAsync(_reader.ReadStoreAsync(keys.Encode(key), cancellationToken)),
        _ => throw new ArgumentOutOfRangeException(nameof(from), from, "Unknown source."),
    };

    public ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> GetManyAsync(
        IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default)
    {
        return ReadManyAsync(many, (key, _) => Plan(key), batcher: null, cancellationToken);
    }

    public ValueTask<ReadResult<TValue>> GetOrLoadAsync(
        TKey key, Func<TKey, CancellationToken, ValueTask<TValue?>> loader, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loader);
        if (_near is { } near)
        {
            if (near.Find(key) is not { } held)
            {
                return ReadAndHoldAsync(near, key, _plans.Plan(key, loader), cancellationToken);
            }

            if (ShouldRefresh(near, held))
            {
                StartRefresh(near, key, held.Entry, _plans.Plan(key, loader));
            }

            return new ValueTask<ReadResult<TValue>>(near.Read(held));
        }

        var encoded = keys.Encode(key);
        if (!_reader.TryRead(encoded, out var entry))
        {
            return DecodeAsync(_reader.ReadAsync(encoded, _plans.Plan(key, loader), cancellationToken));
        }

        if (_reader.ShouldRefresh(entry))
        {
            _reader.StartRefresh(encoded, entry, _plans.Plan(key, loader));
        }

        return new ValueTask<ReadResult<TValue>>(new ReadResult<TValue>(entry, values.Decode(entry.Value), ReadSource.Tier, ReadFlags.Found));
    }

    public ValueTask<ReadResult<TValue>> GetOrLoadAsync(
        TKey key,
        Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>> loader,
        ReadOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loader);
        options?.Validate();
        if (_near is { } near && ((options?.Skips ?? ReadSkip.None) & ReadSkip.NearRead) == 0 && near.Find(key) is { } held)
        {
            if (ShouldRefresh(near, held))
            {
                StartRefresh(near, key, held.Entry, _plans.Plan(key, loader, options));
            }

            return new ValueTask<ReadResult<TValue>>(near.Read(held));
        }

        var plan = _plans.Plan(key, loader, options);
        var encoded = keys.Encode(key);
        return (plan.Skips & (ReadSkip.Load | ReadSkip.TierRead)) switch
        {
            ReadSkip.Load => DecodeAsync(_reader.ReadTierAsync(encoded, cancellationToken)),
            ReadSkip.Load | ReadSkip.TierRead => new ValueTask<ReadResult<TValue>>(new ReadResult<TValue>(null, default, ReadSource.Tier)),
            _ when _near is not null && (plan.Skips & ReadSkip.NearWrite) == 0 => ReadAndHoldAsync(_near, key, plan, cancellationToken),
            _ => DecodeAsync(_reader.ReadAsync(encoded, plan, cancellationToken)),
        };
    }

    public ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> GetOrLoadManyAsync(
        IReadOnlyCollection<TKey> many,
        Func<IReadOnlyList<TKey>, CancellationToken, ValueTask<IReadOnlyDictionary<TKey, TValue>>> loader,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loader);
        var load = _plans.Many(loader);
        var batcher = runtime.Gather(load);
        return ReadManyAsync(many, (key, encoded) => load.Plan(key, encoded, batcher), batcher, cancellationToken);
    }

    public ValueTask<WriteReceipt> SetAsync(
        TKey key, TValue value, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        WriteAsync(key, Prepare(key, value, options), cancellationToken);

    public async ValueTask<IReadOnlyList<WriteOutcome>> SetManyAsync(
        IReadOnlyList<KeyValuePair<TKey, TValue>> entries, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var outcomes = new WriteOutcome[entries.Count];
        var writes = new List<PreparedWrite>(outcomes.Length);
        var indexes = new List<int>(outcomes.Length);
        for (var i = 0; i < outcomes.Length; i++)
        {
            try
            {
                var named = options?.IdempotencyKey is { } id ? options with { IdempotencyKey = $"{id}#{i}" } : options;
                writes.Add(Prepare(entries[i].Key, entries[i].Value, named));
                indexes.Add(i);
            }
            catch (Exception exception) when (exception is InvalidKeyException or InvalidTagException or ValueTooLargeException)
            {
                outcomes[i] = new WriteOutcome(default, exception);
            }
        }

        try
        {
            var written = await _writer.WriteManyAsync(writes, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < written.Count; i++)
            {
                outcomes[indexes[i]] = written[i];
            }

            return outcomes;
        }
        finally
        {
            for (var i = 0; i < outcomes.Length && _tellsNear; i++)
            {
                _near!.Change(entries[i].Key, outcomes[i].Receipt.Version);
            }
        }
    }

    public ValueTask<WriteReceipt> RemoveAsync(TKey key, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        WriteAsync(key, _writer.Prepare(keys.Encode(key), default, contentType: null, options?.Tags, tombstone: true, options), cancellationToken);

    public ValueTask<UpdateResult<TValue>> UpdateAsync(
        TKey key, Func<TValue?, TValue> update, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(update);
        return UpdateAsync(key, (current, _) => new(Update<TValue>.Set(update(current.Value))), options, cancellationToken);
    }

    public ValueTask<UpdateResult<TValue>> UpdateAsync(
        TKey key,
        Func<ReadResult<TValue>, CancellationToken, ValueTask<Update<TValue>>> update,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(update);
        var loop = new UpdateLoop<TKey, TValue>(
            this,
            (asked, token) => DecodeAsync(_reader.ReadAsync(keys.Encode(asked), Plan(asked), token)),
            runtime.Options.UpdateAttempts,
            runtime.Time);
        return loop.RunAsync(key, update, options, cancellationToken);
    }

    public ValueTask<MergeReceipt> MergeAsync(TKey key, Merge merge, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(merge);
        var type = ValueCodec.MergedType(values.ContentType, merge);
        var merged = runtime.Merging.MergeAsync(
            _writer.Prepare(keys.Encode(key), default, type, options?.Tags, tombstone: false, options, merge), cancellationToken);
        return _tellsNear ? TellNearAsync(key, merged, static merged => merged.Receipt.Version) : merged;
    }

    public ValueTask<WriteReceipt> WaitAsync(
        TKey key, WriteReceipt receipt, Durability level, TimeSpan? atMost = null, CancellationToken cancellationToken = default) =>
        runtime.Waits.WaitAsync(keys.Encode(key), receipt, level, atMost, cancellationToken);

    public async ValueTask InvalidateAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default)
    {
        try
        {
            await runtime.Tier.InvalidateAsync(Encode(many), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            TellNear(many);
        }
    }

    public async ValueTask InvalidateAllAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await runtime.Tier.InvalidateAllAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _near?.Clear();
        }
    }

    public ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => RemoveByTagAsync([tag], cancellationToken);

    public ValueTask RemoveByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tags);
        string[] distinct = [.. tags.Distinct(StringComparer.Ordinal)];
        Array.ForEach(distinct, CacheTag.Validate);
        return distinct.Length == 0 ? ValueTask.CompletedTask : runtime.RemoveByTagAsync(distinct, cancellationToken);
    }

    public ValueTask<FlushReport> FlushAsync(CancellationToken cancellationToken = default) => runtime.FlushAsync(cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(int max = 100, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        return runtime.Tier.ListDeadLettersAsync(max, cancellationToken);
    }

    public ValueTask<int> ReplayDeadLettersAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default) =>
        runtime.Tier.ReplayDeadLettersAsync(Encode(many), cancellationToken);

    public async ValueTask<WriteReceipt?> EditDeadLetterAsync(
        TKey key, TValue value, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await runtime.DeadLetters.EditAsync(keys.Encode(key), options, asked => Prepare(key, value, asked), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            TellNear([key]);
        }
    }

    public async ValueTask<int> DropDeadLettersAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default)
    {
        try
        {
            return await runtime.Tier.DropDeadLettersAsync(Encode(many), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            TellNear(many);
        }
    }

    public ValueTask<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        runtime.GetStatisticsAsync(cancellationToken);

    private static NearCache<TKey, TValue>? CreateNear(CacheRuntime runtime, IKeyCodec<TKey> keys, IValueCodec<TValue> values)
    {
        if (!runtime.Options.Near.Enabled)
        {
            return null;
        }

        var near = new NearCache<TKey, TValue>(runtime.Tier, keys, values, runtime.Options, runtime.Time, runtime.Counters);
        runtime.Attach(near);
        return near;
    }

    private ValueTask<ReadResult<TValue>> ReadTierAsync(TKey key, CancellationToken cancellationToken)
    {
        var encoded = keys.Encode(key);
        if (!_reader.TryRead(encoded, out var entry))
        {
            return DecodeAsync(_reader.ReadAsync(encoded, Plan(key), cancellationToken));
        }

        if (_reader.ShouldRefresh(entry))
        {
            _reader.StartRefresh(encoded, entry, Plan(key));
        }

        return new ValueTask<ReadResult<TValue>>(new ReadResult<TValue>(entry, values.Decode(entry.Value), ReadSource.Tier, ReadFlags.Found));
    }

    /// <summary>Answers a read with what this process holds of a key: at once, or not at all.</summary>
    internal bool TryGet(TKey key, out ReadResult<TValue> result)
    {
        if (_near is { } near)
        {
            result = near.Find(key) is { } held ? near.Read(held) : default;
            return result.Found;
        }

        if (_reader.TryRead(keys.Encode(key), out var entry))
        {
            result = new ReadResult<TValue>(entry, values.Decode(entry.Value), ReadSource.Tier, ReadFlags.Found);
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>A read that the near cache could not answer, and that may leave it a copy.</summary>
    // Not inlined: the frame that it needs would be cleared by each hit, too.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<ReadResult<TValue>> ReadAndHoldAsync(
        NearCache<TKey, TValue> near, TKey key, ReadPlan plan, CancellationToken cancellationToken)
    {
        var ticket = near.Begin(key);
        var encoded = keys.Encode(key);
        if ((plan.Skips & ReadSkip.TierRead) == 0 && _reader.TryRead(encoded, out var entry))
        {
            if (_reader.ShouldRefresh(entry))
            {
                _reader.StartRefresh(encoded, entry, plan);
            }

            var result = new ReadResult<TValue>(entry, values.Decode(entry.Value), ReadSource.Tier, ReadFlags.Found);
            near.Offer(ticket, encoded, result);
            return new ValueTask<ReadResult<TValue>>(result);
        }

        return HoldAsync(near, ticket, encoded, _reader.ReadAsync(encoded, plan, cancellationToken));
    }

    private async ValueTask<ReadResult<TValue>> HoldAsync(
        NearCache<TKey, TValue> near, NearTicket<TKey, TValue> ticket, string encoded, ValueTask<Answer> answer)
    {
        var result = Decode(await answer.ConfigureAwait(false));
        near.Offer(ticket, encoded, result);
        return result;
    }

    private ValueTask<WriteReceipt> WriteAsync(TKey key, in PreparedWrite prepared, CancellationToken cancellationToken)
    {
        var write = _writer.WriteAsync(prepared, cancellationToken);
        return _tellsNear ? TellNearAsync(key, write, static receipt => receipt.Version) : write;
    }

    private async ValueTask<TReceipt> TellNearAsync<TReceipt>(TKey key, ValueTask<TReceipt> write, Func<TReceipt, long> versionOf)
    {
        // Also after an error: the write may have happened, with a version that nobody told.
        long version = 0;
        try
        {
            var receipt = await write.ConfigureAwait(false);
            version = versionOf(receipt);
            return receipt;
        }
        finally
        {
            _near!.Change(key, version);
        }
    }

    private void TellNear(IReadOnlyCollection<TKey> many)
    {
        if (_tellsNear)
        {
            foreach (var key in many)
            {
                _near!.Change(key, 0);
            }
        }
    }

    private PreparedWrite Prepare(TKey key, TValue value, WriteOptions? options)
    {
        // Encoded first: what is no key or value has no tags either.
        var (encodedKey, encodedValue) = (keys.Encode(key), Encode(value));
        return _writer.Prepare(encodedKey, encodedValue, values.ContentType, options?.Tags ?? tagsOf?.Invoke(key, value), tombstone: false, options);
    }

    private ReadPlan Plan(TKey key) => loader is null ? ReadPlan.Default : _plans.Plan(key, loader, isBounded: true);

    // The deadline of the copy first: its entry is another cache line.
    private bool ShouldRefresh(NearCache<TKey, TValue> near, NearSlot<TKey, TValue> held) =>
        near.TimeLeft(held) <= _reader.LongestRefreshWindow && _reader.ShouldRefresh(held.Entry);

    /// <summary>Loads a key again in the background, and holds what that brings: the copy at hand would go on asking for it until its deadline.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StartRefresh(NearCache<TKey, TValue> near, TKey key, CacheEntry entry, ReadPlan plan)
    {
        var ticket = near.Begin(key);
        var encoded = keys.Encode(key);
        _reader.StartRefresh(
            encoded, entry, plan, loaded: (plan.Skips & ReadSkip.NearWrite) != 0 ? null : answer => near.Offer(ticket, encoded, Decode(answer)));
    }

    private async ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> ReadManyAsync(
        IReadOnlyCollection<TKey> many, Func<TKey, string, ReadPlan> planOf, LoadBatcher? batcher, CancellationToken cancellationToken)
    {
        var results = new Dictionary<TKey, ReadResult<TValue>>(many.Count);
        var asked = new List<TKey>();
        foreach (var key in many.Distinct())
        {
            if (_near?.Find(key) is { } held)
            {
                if (ShouldRefresh(_near, held))
                {
                    StartRefresh(_near, key, held.Entry, planOf(key, keys.Encode(key)));
                }

                results.Add(key, _near.Read(held));
            }
            else
            {
                asked.Add(key);
            }
        }

        if (asked.Count == 0)
        {
            return results;
        }

        var tickets = _near is null ? null : asked.ConvertAll(_near.Begin);
        var encoded = asked.ConvertAll(keys.Encode);
        var answers = await _reader.ReadManyAsync(encoded, index => planOf(asked[index], encoded[index]), batcher, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < asked.Count; i++)
        {
            var result = Decode(answers[i]);
            results.Add(asked[i], result);
            if (tickets is not null)
            {
                _near!.Offer(tickets[i], encoded[i], result);
            }
        }

        return results;
    }

    private ReadOnlyMemory<byte> Encode(TValue value) => value is null
        ? throw new ArgumentNullException(nameof(value), "A value can't be null; to delete a key, call RemoveAsync.")
        : values.Encode(value);

    private string[] Encode(IReadOnlyCollection<TKey> many)
    {
        var encoded = many.Select(keys.Encode).ToArray();
        Array.ForEach(encoded, CacheKey.Validate);
        return encoded;
    }

    private async ValueTask<ReadResult<TValue>> DecodeAsync(ValueTask<Answer> answer) => Decode(await answer.ConfigureAwait(false));

    private ReadResult<TValue> Decode(in Answer answer) => new(
        answer.Entry,
        (answer.Flags & ReadFlags.Found) != 0 ? values.Decode(answer.Entry!.Value) : default,
        answer.Source,
        answer.Flags);
}
