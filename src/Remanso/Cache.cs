using System.Runtime.CompilerServices;
using Remanso.Entries;
using Remanso.Hosting;
using Remanso.Near;
using Remanso.ReadThrough;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;
using Remanso.WriteBehind;

namespace Remanso;

/// <summary>The typed face of a cache: keys and values through their codecs, everything else in tier form.</summary>
internal sealed class Cache<TKey, TValue> : ICache<TKey, TValue>
    where TKey : notnull
{
    private readonly CacheRuntime _runtime;
    private readonly IKeyCodec<TKey> _keys;
    private readonly Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>>? _loader;
    private readonly LoaderPlans<TKey, TValue> _plans;
    private readonly CacheReader _reader;
    private readonly AnswerDecoder<TValue> _decoder;
    private readonly NearCache<TKey, TValue>? _near;
    private readonly TypedWriter<TKey, TValue> _writer;

    public Cache(
        CacheRuntime runtime,
        IKeyCodec<TKey> keys,
        IValueCodec<TValue> values,
        Func<TKey, TValue, IReadOnlyList<string>?>? tagsOf,
        Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>>? loader,
        Func<StoreWrite<TKey, TValue>, string?>? refusal = null)
    {
        _runtime = runtime;
        _keys = keys;
        _loader = loader;
        _plans = new(keys, values, tagsOf, runtime.Tagging);
        _reader = runtime.Reader;
        _decoder = new(runtime.Name, values, runtime.Reader, runtime.Counters, runtime.Logger);
        _near = CreateNear(runtime, keys, values);
        _writer = new(runtime, keys, values, tagsOf, refusal, _near);
    }

    public string Name => _runtime.Name;

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
        ReadFrom.Tier => DecodeTierAsync(_keys.Encode(key), cancellationToken),
        ReadFrom.Store => DecodeStoreAsync(_keys.Encode(key), cancellationToken),
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

        var encoded = _keys.Encode(key);
        if (!_reader.TryRead(encoded, out var entry))
        {
            return ReadAsync(encoded, _plans.Plan(key, loader), cancellationToken);
        }

        if (!_decoder.TryDecode(encoded, entry, out ReadResult<TValue> result))
        {
            return _decoder.ReloadAsync(encoded, _plans.Plan(key, loader), cancellationToken);
        }

        if (_reader.ShouldRefresh(entry))
        {
            _reader.StartRefresh(encoded, entry, _plans.Plan(key, loader));
        }

        return new ValueTask<ReadResult<TValue>>(result);
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
        var encoded = _keys.Encode(key);
        return (plan.Skips & (ReadSkip.Load | ReadSkip.TierRead)) switch
        {
            ReadSkip.Load => DecodeTierAsync(encoded, cancellationToken),
            ReadSkip.Load | ReadSkip.TierRead => new ValueTask<ReadResult<TValue>>(new ReadResult<TValue>(null, default, ReadSource.Tier)),
            _ when _near is not null && (plan.Skips & ReadSkip.NearWrite) == 0 => ReadAndHoldAsync(_near, key, plan, cancellationToken),
            _ => ReadAsync(encoded, plan, cancellationToken),
        };
    }

    public ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> GetOrLoadManyAsync(
        IReadOnlyCollection<TKey> many,
        Func<IReadOnlyList<TKey>, CancellationToken, ValueTask<IReadOnlyDictionary<TKey, TValue>>> loader,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentNullException.ThrowIfNull(many);
        var load = _plans.Many(loader);
        var batcher = _runtime.Gather(load);
        return ReadManyAsync(many, (key, encoded) => load.Plan(key, encoded, batcher), batcher, cancellationToken);
    }

    public ValueTask<WriteReceipt> SetAsync(
        TKey key, TValue value, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        _writer.SetAsync(key, value, options, cancellationToken);

    public ValueTask<IReadOnlyList<WriteOutcome>> SetManyAsync(
        IReadOnlyList<KeyValuePair<TKey, TValue>> entries, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        _writer.SetManyAsync(entries, options, cancellationToken);

    public ValueTask<WriteReceipt> RemoveAsync(TKey key, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        _writer.RemoveAsync(key, options, cancellationToken);

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
            (asked, token) => ReadAsync(_keys.Encode(asked), Plan(asked), token),
            _runtime.Options.UpdateAttempts,
            _runtime.Time);
        return loop.RunAsync(key, update, options, cancellationToken);
    }

    public ValueTask<MergeReceipt> MergeAsync(TKey key, Merge merge, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        _writer.MergeAsync(key, merge, options, cancellationToken);

    public ValueTask<WriteReceipt> WaitAsync(
        TKey key, WriteReceipt receipt, Durability level, TimeSpan? atMost = null, CancellationToken cancellationToken = default) =>
        _runtime.Waits.WaitAsync(_keys.Encode(key), receipt, level, atMost, cancellationToken);

    public async ValueTask InvalidateAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default)
    {
        var encoded = Encode(many, cancellationToken);
        try
        {
            await _runtime.Tier.InvalidateAsync(encoded, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            TellNear(many);
        }
    }

    public async ValueTask InvalidateAllAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await _runtime.Tier.InvalidateAllAsync(cancellationToken).ConfigureAwait(false);
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
        if (distinct.Length > CacheTag.MaxRemovedAtOnce)
        {
            throw new InvalidTagException($"{distinct.Length} tags are too many for one removal; the limit is {CacheTag.MaxRemovedAtOnce}.");
        }

        Array.ForEach(distinct, CacheTag.Validate);
        cancellationToken.ThrowIfCancellationRequested();
        return distinct.Length == 0 ? ValueTask.CompletedTask : _runtime.RemoveByTagAsync(distinct, cancellationToken);
    }

    public ValueTask<FlushReport> FlushAsync(CancellationToken cancellationToken = default) => _runtime.FlushAsync(cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(int max = 100, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        return _runtime.Tier.ListDeadLettersAsync(max, cancellationToken);
    }

    public ValueTask<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(DeadLetterFilter filter, int max = 100, CancellationToken cancellationToken = default) =>
        DeadLetterSelection.ListAsync(_runtime.Tier, filter, max, cancellationToken);

    public ValueTask<int> ReplayDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken = default) =>
        DeadLetterSelection.EachAsync(_runtime.Tier, filter, _runtime.Tier.ReplayDeadLettersAsync, cancellationToken);

    public async ValueTask<int> DropDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken = default) =>
        await DropDeadLettersAsync(
            [.. (await GetDeadLettersAsync(filter, int.MaxValue, cancellationToken).ConfigureAwait(false)).Select(letter => _keys.Decode(letter.Key))], cancellationToken).ConfigureAwait(false);

    public ValueTask<int> ReplayDeadLettersAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default) =>
        _runtime.Tier.ReplayDeadLettersAsync(Encode(many, cancellationToken), cancellationToken);

    public ValueTask<WriteReceipt?> EditDeadLetterAsync(
        TKey key, TValue value, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        _writer.EditDeadLetterAsync(key, value, options, cancellationToken);

    public async ValueTask<int> DropDeadLettersAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default)
    {
        var encoded = Encode(many, cancellationToken);
        try
        {
            return await _runtime.Tier.DropDeadLettersAsync(encoded, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            TellNear(many);
        }
    }

    public ValueTask<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        _runtime.GetStatisticsAsync(cancellationToken);

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
        var encoded = _keys.Encode(key);
        if (!_reader.TryRead(encoded, out var entry))
        {
            return ReadAsync(encoded, Plan(key), cancellationToken);
        }

        if (!_decoder.TryDecode(encoded, entry, out ReadResult<TValue> result))
        {
            return _decoder.ReloadAsync(encoded, Plan(key), cancellationToken);
        }

        if (_reader.ShouldRefresh(entry))
        {
            _reader.StartRefresh(encoded, entry, Plan(key));
        }

        return new ValueTask<ReadResult<TValue>>(result);
    }

    /// <summary>Answers a read with what this process holds of a key: at once, or not at all.</summary>
    internal bool TryGet(TKey key, out ReadResult<TValue> result)
    {
        if (_near is { } near)
        {
            result = near.Find(key) is { } held ? near.Read(held) : default;
            return result.Found;
        }

        result = default;
        var encoded = _keys.Encode(key);
        return _reader.TryRead(encoded, out var entry) && _decoder.TryDecode(encoded, entry, out result);
    }

    /// <summary>A read that the near cache could not answer, and that may leave it a copy.</summary>
    // Not inlined: the frame that it needs would be cleared by each hit, too.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<ReadResult<TValue>> ReadAndHoldAsync(
        NearCache<TKey, TValue> near, TKey key, ReadPlan plan, CancellationToken cancellationToken)
    {
        var ticket = near.Begin(key);
        var encoded = _keys.Encode(key);
        if ((plan.Skips & ReadSkip.TierRead) != 0 || !_reader.TryRead(encoded, out var entry))
        {
            return HoldAsync(near, ticket, encoded, ReadAsync(encoded, plan, cancellationToken));
        }

        if (!_decoder.TryDecode(encoded, entry, out ReadResult<TValue> result))
        {
            return HoldAsync(near, ticket, encoded, _decoder.ReloadAsync(encoded, plan, cancellationToken));
        }

        if (_reader.ShouldRefresh(entry))
        {
            _reader.StartRefresh(encoded, entry, plan);
        }

        near.Offer(ticket, encoded, result);
        return new ValueTask<ReadResult<TValue>>(result);
    }

    private static async ValueTask<ReadResult<TValue>> HoldAsync(
        NearCache<TKey, TValue> near, NearTicket<TKey, TValue> ticket, string encoded, ValueTask<ReadResult<TValue>> reading)
    {
        var result = await reading.ConfigureAwait(false);
        near.Offer(ticket, encoded, result);
        return result;
    }

    private void Hold(NearCache<TKey, TValue> near, NearTicket<TKey, TValue> ticket, string encoded, in Answer answer, ReadPlan plan)
    {
        if (_decoder.TryDecode(encoded, answer, plan, out var result))
        {
            near.Offer(ticket, encoded, result);
        }
    }

    private void TellNear(IReadOnlyCollection<TKey> many)
    {
        foreach (var key in many)
        {
            _writer.Tell(key);
        }
    }

    private ReadPlan Plan(TKey key) => _loader is null ? ReadPlan.Default : _plans.Plan(key, _loader, isBounded: true);

    // The deadline of the copy first: its entry is another cache line.
    private bool ShouldRefresh(NearCache<TKey, TValue> near, NearSlot<TKey, TValue> held) =>
        near.TimeLeft(held) <= _reader.LongestRefreshWindow && _reader.ShouldRefresh(held.Entry);

    /// <summary>Loads a key again in the background, and holds what that brings: the copy at hand would go on asking for it until its deadline.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StartRefresh(NearCache<TKey, TValue> near, TKey key, CacheEntry entry, ReadPlan plan)
    {
        var ticket = near.Begin(key);
        var encoded = _keys.Encode(key);
        _reader.StartRefresh(
            encoded, entry, plan, loaded: (plan.Skips & ReadSkip.NearWrite) != 0 ? null : answer => Hold(near, ticket, encoded, answer, plan));
    }

    private async ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> ReadManyAsync(
        IReadOnlyCollection<TKey> many, Func<TKey, string, ReadPlan> planOf, LoadBatcher? batcher, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(many);
        var results = new Dictionary<TKey, ReadResult<TValue>>(many.Count);
        var asked = new List<TKey>();
        foreach (var key in many.Distinct())
        {
            if (_near?.Find(key) is { } held)
            {
                if (ShouldRefresh(_near, held))
                {
                    StartRefresh(_near, key, held.Entry, planOf(key, _keys.Encode(key)));
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
        var encoded = asked.ConvertAll(_keys.Encode);
        var answers = await _reader.ReadManyAsync(encoded, index => planOf(asked[index], encoded[index]), batcher, cancellationToken).ConfigureAwait(false);
        var decoded = await _decoder.DecodeManyAsync(encoded, answers, index => planOf(asked[index], encoded[index]), cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < asked.Count; i++)
        {
            results.Add(asked[i], decoded[i]);
            if (tickets is not null)
            {
                _near!.Offer(tickets[i], encoded[i], decoded[i]);
            }
        }

        return results;
    }

    private string[] Encode(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(many);
        cancellationToken.ThrowIfCancellationRequested();
        var encoded = many.Select(_keys.Encode).ToArray();
        Array.ForEach(encoded, CacheKey.Validate);
        return encoded;
    }

    private ValueTask<ReadResult<TValue>> ReadAsync(string encoded, ReadPlan plan, CancellationToken cancellationToken) =>
        _decoder.DecodeAsync(encoded, _reader.ReadAsync(encoded, plan, cancellationToken), plan, cancellationToken);

    private ValueTask<ReadResult<TValue>> DecodeTierAsync(string encoded, CancellationToken cancellationToken) =>
        _decoder.DecodeTierAsync(encoded, _reader.ReadTierAsync(encoded, cancellationToken));

    private ValueTask<ReadResult<TValue>> DecodeStoreAsync(string encoded, CancellationToken cancellationToken) =>
        _decoder.DecodeStoreAsync(encoded, _reader.ReadStoreAsync(encoded, cancellationToken));
}
