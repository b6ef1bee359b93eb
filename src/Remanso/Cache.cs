using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Remanso.Entries;
using Remanso.Hosting;
using Remanso.Near;
using Remanso.ReadThrough;
using Remanso.Stores;
using Remanso.Tiers;
using Remanso.Watching;
using Remanso.WriteBehind;

namespace Remanso;

/// <summary>The typed face of a cache: keys and values through their codecs, everything else in tier form.</summary>
internal sealed class Cache<TKey, TValue> : ICache<TKey, TValue>, IPatchWriter
    where TKey : notnull
{
    private readonly CacheRuntime _runtime;
    private readonly IKeyCodec<TKey> _keys;
    private readonly IValueCodec<TValue> _values;

    // What no bytes can make fail needs no catching, which takes a fifth of the time of a hit.
    private readonly bool _readsAnything;
    private readonly Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>>? _loader;
    private readonly LoaderPlans<TKey, TValue> _plans;
    private readonly CacheReader _reader;
    private readonly AnswerDecoder<TValue> _decoder;
    private readonly NearCache<TKey, TValue>? _near;
    private readonly NearReads<TKey, TValue>? _held;
    private readonly TypedWriter<TKey, TValue> _writer;

    public Cache(
        CacheRuntime runtime,
        IKeyCodec<TKey> keys,
        IValueCodec<TValue> values,
        Func<TKey, TValue, IReadOnlyList<string>?>? tagsOf,
        Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>>? loader,
        Func<StoreWrite<TKey, TValue>, string?>? refusal = null
    )
    {
        _runtime = runtime;
        _keys = keys;
        _values = values;
        _readsAnything = values is IInfallibleCodec;
        _loader = loader;
        _plans = new(keys, values, tagsOf, runtime.Tagging);
        _reader = runtime.Reader;
        _decoder = new(runtime.Name, values, runtime.Reader, runtime.Counters, runtime.Logger);
        _near = CreateNear(runtime, keys, values);
        _held = _near is null ? null : new(_near, _reader, keys, _decoder);
        _writer = new(runtime, keys, values, tagsOf, refusal, _near, loader is null ? null : Plan);
        Operations = new CacheOperations<TKey, TValue>(runtime, keys, _writer);
    }

    public string Name => _runtime.Name;

    public ICacheOperations<TKey, TValue> Operations { get; }

    [RequiresUnreferencedCode(IPatchWriter.Reflects)]
    [RequiresDynamicCode(IPatchWriter.Reflects)]
    public ReadOnlyMemory<byte> WritePatch(object patch) =>
        _values is IPatchCodec codec ? codec.WritePatch(patch) : JsonTypes.WritePatch(patch, JsonTypes.Web);

    public ValueTask<ReadResult<TValue>> GetAsync(TKey key, CancellationToken cancellationToken = default)
    {
        if (_near is not { } near)
        {
            return ReadTierAsync(key, loader: null, cancellationToken);
        }

        if (near.Find(key) is not { } held)
        {
            return _held!.ReadAsync(key, Plan(key), cancellationToken);
        }

        if (_held!.ShouldRefresh(held))
        {
            _held!.StartRefresh(key, held.Entry, Plan(key));
        }

        return new ValueTask<ReadResult<TValue>>(near.Read(held));
    }

    public ValueTask<ReadResult<TValue>> GetAsync(TKey key, ReadFrom from, CancellationToken cancellationToken = default) =>
        from switch
        {
            ReadFrom.TierThenStore => GetAsync(key, cancellationToken),
            ReadFrom.Tier => DecodeTierAsync(_keys.Encode(key), ReadPlan.Default, cancellationToken),
            ReadFrom.Store => DecodeStoreAsync(_keys.Encode(key), cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(from), from, "Unknown source."),
        };

    public ValueTask<ReadResult<TValue>> GetAsync(TKey key, ReadOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return ReadAsync(key, _loader, options, isOwn: true, cancellationToken);
    }

    public ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> GetManyAsync(
        IReadOnlyCollection<TKey> many,
        CancellationToken cancellationToken = default
    )
    {
        return ReadManyAsync(many, (key, _) => Plan(key), batcher: null, cancellationToken);
    }

    public ValueTask<ReadResult<TValue>> GetOrLoadAsync(
        TKey key,
        Func<TKey, CancellationToken, ValueTask<TValue?>> loader,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(loader);
        if (_near is { } near)
        {
            if (near.Find(key) is not { } held)
            {
                return _held!.ReadAsync(key, _plans.Plan(key, loader), cancellationToken);
            }

            if (_held!.ShouldRefresh(held))
            {
                _held!.StartRefresh(key, held.Entry, _plans.Plan(key, loader));
            }

            return new ValueTask<ReadResult<TValue>>(near.Read(held));
        }

        return ReadTierAsync(key, loader, cancellationToken);
    }

    public ValueTask<ReadResult<TValue>> GetOrLoadAsync(
        TKey key,
        Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>> loader,
        ReadOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(loader);
        options?.Validate();
        return ReadAsync(key, loader, options, isOwn: false, cancellationToken);
    }

    public ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> GetOrLoadManyAsync(
        IReadOnlyCollection<TKey> many,
        Func<IReadOnlyList<TKey>, CancellationToken, ValueTask<IReadOnlyDictionary<TKey, TValue>>> loader,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentNullException.ThrowIfNull(many);
        var load = _plans.Many(loader);
        var batcher = _runtime.Gather(load);
        return ReadManyAsync(many, (key, encoded) => load.Plan(key, encoded, batcher), batcher, cancellationToken);
    }

    public ValueTask<WriteReceipt> SetAsync(
        TKey key,
        TValue value,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => _writer.SetAsync(key, value, options, cancellationToken);

    public ValueTask<IReadOnlyList<WriteOutcome>> SetManyAsync(
        IReadOnlyList<KeyValuePair<TKey, TValue>> entries,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => _writer.SetManyAsync(entries, options, cancellationToken);

    public ValueTask<WriteReceipt> RemoveAsync(TKey key, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        _writer.RemoveAsync(key, options, cancellationToken);

    public ValueTask<UpdateResult<TValue>> UpdateAsync(
        TKey key,
        Func<TValue?, TValue> update,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(update);
        return UpdateAsync(key, (current, _) => new(Update<TValue>.Set(update(current.Value))), options, cancellationToken);
    }

    public ValueTask<UpdateResult<TValue>> UpdateAsync(
        TKey key,
        Func<ReadResult<TValue>, CancellationToken, ValueTask<Update<TValue>>> update,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(update);
        var loop = new UpdateLoop<TKey, TValue>(
            this,
            (asked, token) => ReadAsync(_keys.Encode(asked), Plan(asked), token),
            _runtime.Options.UpdateAttempts,
            _runtime.Time
        );
        return loop.RunAsync(key, update, options, cancellationToken);
    }

    public ValueTask<MergeReceipt> MergeAsync(
        TKey key,
        Merge merge,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => _writer.MergeAsync(key, merge, options, cancellationToken);

    public ValueTask<WriteReceipt> WaitAsync(
        TKey key,
        WriteReceipt receipt,
        Durability level,
        TimeSpan? atMost = null,
        CancellationToken cancellationToken = default
    ) => _runtime.Waits.WaitAsync(_keys.Encode(key), receipt, level, atMost, cancellationToken);

    public async ValueTask InvalidateAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default)
    {
        var encoded = CacheKey.EncodeMany(_keys, many, cancellationToken);
        try
        {
            await _runtime.Tier.InvalidateAsync(encoded, cancellationToken).ConfigureAwait(false);
            _runtime.Counters.Events.Ended(CacheEventKinds.Invalidated, encoded);
        }
        finally
        {
            _writer.TellAll(many);
        }
    }

    public async ValueTask ExpireAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default)
    {
        var encoded = CacheKey.EncodeMany(_keys, many, cancellationToken);
        try
        {
            await _runtime.Tier.ExpireAsync(encoded, cancellationToken).ConfigureAwait(false);
            _runtime.Counters.Events.Ended(CacheEventKinds.Expired, encoded);
        }
        finally
        {
            _writer.TellAll(many);
        }
    }

    public ValueTask InvalidateAllAsync(CancellationToken cancellationToken = default) => EndAllAsync(keepsStale: false, cancellationToken);

    public ValueTask ExpireAllAsync(CancellationToken cancellationToken = default) => EndAllAsync(keepsStale: true, cancellationToken);

    private async ValueTask EndAllAsync(bool keepsStale, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (keepsStale)
            {
                await _runtime.Tier.ExpireAllAsync(cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await _runtime.Tier.InvalidateAllAsync(cancellationToken).ConfigureAwait(false);
            }

            _runtime.Counters.Events.Ended(keepsStale, tags: null);
        }
        finally
        {
            _near?.Clear();
        }
    }

    public ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) =>
        RemoveByTagAsync([tag], cancellationToken);

    public ValueTask RemoveByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default) =>
        EndByTagAsync(tags, keepsStale: false, cancellationToken);

    public ValueTask ExpireByTagAsync(string tag, CancellationToken cancellationToken = default) =>
        ExpireByTagAsync([tag], cancellationToken);

    public ValueTask ExpireByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default) =>
        EndByTagAsync(tags, keepsStale: true, cancellationToken);

    private ValueTask EndByTagAsync(IReadOnlyCollection<string> tags, bool keepsStale, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tags);
        string[] distinct = [.. tags.Distinct(StringComparer.Ordinal)];
        if (distinct.Length > CacheTag.MaxRemovedAtOnce)
        {
            throw new InvalidTagException(
                $"{distinct.Length} tags are too many for one {(keepsStale ? "expiry" : "removal")}; the limit is "
                    + $"{CacheTag.MaxRemovedAtOnce}."
            );
        }

        Array.ForEach(distinct, CacheTag.Validate);
        cancellationToken.ThrowIfCancellationRequested();
        return distinct.Length == 0 ? ValueTask.CompletedTask : _runtime.Removal.RemoveByTagAsync(distinct, keepsStale, cancellationToken);
    }

    public IAsyncEnumerable<CacheChange<TKey, TValue>> WatchAsync(
        WatchOptions<TKey>? options = null,
        CancellationToken cancellationToken = default
    )
    {
        WatchOptions<TKey>.Validate(options);
        return new Watch<TKey, TValue>(this, _runtime.Changes, _runtime.Tier, _keys, options ?? new()).RunAsync(cancellationToken);
    }

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

    /// <summary>Reads a key as the options say; by the store where there is no loader.</summary>
    private ValueTask<ReadResult<TValue>> ReadAsync(
        TKey key,
        Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>>? load,
        ReadOptions? options,
        bool isOwn,
        CancellationToken cancellationToken
    )
    {
        var skips = options?.Skips ?? ReadSkip.None;
        if (_near is { } near && (skips & ReadSkip.NearRead) == 0 && near.Find(key) is { } held)
        {
            if (_held!.ShouldRefresh(held))
            {
                _held.StartRefresh(key, held.Entry, PlanOf());
            }

            return new ValueTask<ReadResult<TValue>>(near.Read(held));
        }

        var plan = PlanOf();
        var encoded = _keys.Encode(key);
        return (skips & (ReadSkip.Load | ReadSkip.TierRead)) switch
        {
            ReadSkip.Load => DecodeTierAsync(encoded, plan, cancellationToken),
            ReadSkip.Load | ReadSkip.TierRead => new ValueTask<ReadResult<TValue>>(new ReadResult<TValue>(null, default, ReadSource.Tier)),
            _ when _held is not null && (skips & ReadSkip.NearWrite) == 0 => _held.ReadAsync(key, plan, cancellationToken),
            _ => ReadAsync(encoded, plan, cancellationToken),
        };

        ReadPlan PlanOf() => load is null ? new ReadPlan { Options = options } : _plans.Plan(key, load, options, isOwn);
    }

    private ValueTask<ReadResult<TValue>> ReadTierAsync(
        TKey key,
        Func<TKey, CancellationToken, ValueTask<TValue?>>? loader,
        CancellationToken cancellationToken
    )
    {
        var encoded = _keys.Encode(key);
        if (!_reader.TryRead(encoded, out var entry))
        {
            return ReadAsync(encoded, Plan(key, loader), cancellationToken);
        }

        if (_readsAnything)
        {
            RefreshIfDue(key, encoded, entry, loader);
            return new ValueTask<ReadResult<TValue>>(
                new ReadResult<TValue>(entry, _values.Decode(entry.Value), ReadSource.Tier, ReadFlags.Found)
            );
        }

        if (!_decoder.TryDecode(encoded, entry, out ReadResult<TValue> result))
        {
            return _decoder.ReloadAsync(encoded, Plan(key, loader), cancellationToken);
        }

        RefreshIfDue(key, encoded, entry, loader);
        return new ValueTask<ReadResult<TValue>>(result);
    }

    private void RefreshIfDue(TKey key, string encoded, CacheEntry entry, Func<TKey, CancellationToken, ValueTask<TValue?>>? loader)
    {
        if (_reader.ShouldRefresh(entry))
        {
            _reader.StartRefresh(encoded, entry, Plan(key, loader));
        }
    }

    /// <summary>Answers a read with what this process holds of a key: at once, or not at all.</summary>
    internal bool TryGet(TKey key, out ReadResult<TValue> result)
    {
        if (_near is { } near)
        {
            result = near.Find(key) is { } held ? near.Read(held) : default;
            return result.Found || (near.HasKept && _held!.TryReadKept(key, _keys.Encode(key), out result) && result.Found);
        }

        result = default;
        var encoded = _keys.Encode(key);
        return _reader.TryRead(encoded, out var entry) && _decoder.TryDecode(encoded, entry, out result);
    }

    private ReadPlan Plan(TKey key, Func<TKey, CancellationToken, ValueTask<TValue?>>? loader) =>
        loader is null ? Plan(key) : _plans.Plan(key, loader);

    private ReadPlan Plan(TKey key) => _loader is null ? ReadPlan.Default : _plans.Plan(key, _loader, isBounded: true);

    private async ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> ReadManyAsync(
        IReadOnlyCollection<TKey> many,
        Func<TKey, string, ReadPlan> planOf,
        LoadBatcher? batcher,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(many);
        var results = new Dictionary<TKey, ReadResult<TValue>>(many.Count);
        var asked = new List<TKey>();
        foreach (var key in many.Distinct())
        {
            if (_held is null || !_held.TryRead(key, planOf, out var held))
            {
                asked.Add(key);
            }
            else
            {
                results.Add(key, held);
            }
        }

        if (asked.Count == 0)
        {
            return results;
        }

        var encoded = asked.ConvertAll(_keys.Encode);
        var tickets = _held is null ? null : asked.Select((key, i) => _held.Begin(key, encoded[i])).ToArray();
        var (answers, errors) = await _reader
            .ReadManyAsync(encoded, index => planOf(asked[index], encoded[index]), batcher, cancellationToken)
            .ConfigureAwait(false);
        if (errors is not null)
        {
            ThrowIfNothingElse(errors, hasOthers: results.Count > 0);
        }

        var decoded = await _decoder
            .DecodeManyAsync(encoded, answers, errors, index => planOf(asked[index], encoded[index]), cancellationToken)
            .ConfigureAwait(false);
        for (var i = 0; i < asked.Count; i++)
        {
            results.Add(asked[i], decoded[i]);
            if (tickets is not null)
            {
                _held!.Offer(tickets[i], encoded[i], decoded[i]);
            }
        }

        return results;
    }

    /// <summary>Throws where nothing of what was asked for can be read: there is no answer to give beside the error.
    /// A loader that asked for itself is a mistake in the program, whatever else was read.</summary>
    private static void ThrowIfNothingElse(Exception?[] errors, bool hasOthers)
    {
        if (Array.Find(errors, static error => error is RecursiveLoadException) is { } mistake)
        {
            ExceptionDispatchInfo.Throw(mistake);
        }

        if (!hasOthers && errors[0] is { } first && Array.TrueForAll(errors, static error => error is not null))
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    private ValueTask<ReadResult<TValue>> ReadAsync(string encoded, ReadPlan plan, CancellationToken cancellationToken) =>
        _decoder.DecodeAsync(encoded, _reader.ReadAsync(encoded, plan, cancellationToken), plan, cancellationToken);

    private ValueTask<ReadResult<TValue>> DecodeTierAsync(string encoded, ReadPlan plan, CancellationToken cancellationToken) =>
        _decoder.DecodeTierAsync(encoded, _reader.ReadTierAsync(encoded, plan, cancellationToken));

    private ValueTask<ReadResult<TValue>> DecodeStoreAsync(string encoded, CancellationToken cancellationToken) =>
        _decoder.DecodeStoreAsync(encoded, _reader.ReadStoreAsync(encoded, cancellationToken));
}
