using Remanso.Entries;
using Remanso.Hosting;
using Remanso.ReadThrough;
using Remanso.Telemetry;
using Remanso.Tiers;
using Remanso.WriteBehind;

namespace Remanso;

/// <summary>The typed face of a cache: keys and values through their codecs, everything else in tier form.</summary>
internal sealed class Cache<TKey, TValue>(
    CacheRuntime runtime, IKeyCodec<TKey> keys, IValueCodec<TValue> values, Func<TKey, TValue, IReadOnlyList<string>?>? tagsOf) : ICache<TKey, TValue>
    where TKey : notnull
{
    private readonly CacheReader _reader = runtime.Reader;
    private readonly CacheWriter _writer = runtime.Writer;

    public string Name => runtime.Name;

    public ValueTask<ReadResult<TValue>> GetAsync(TKey key, CancellationToken cancellationToken = default)
    {
        var encoded = keys.Encode(key);
        return _reader.TryRead(encoded, out var entry)
            ? new ValueTask<ReadResult<TValue>>(new ReadResult<TValue>(entry, values.Decode(entry.Value), ReadSource.Tier, ReadFlags.Found))
            : DecodeAsync(_reader.ReadAsync(encoded, cancellationToken));
    }

    public ValueTask<ReadResult<TValue>> GetAsync(TKey key, ReadFrom from, CancellationToken cancellationToken = default) => from switch
    {
        ReadFrom.TierThenStore => GetAsync(key, cancellationToken),
        ReadFrom.Tier => DecodeAsync(_reader.ReadTierAsync(keys.Encode(key), cancellationToken)),
        ReadFrom.Store => DecodeAsync(_reader.ReadStoreAsync(keys.Encode(key), cancellationToken)),
        _ => throw new ArgumentOutOfRangeException(nameof(from), from, "Unknown source."),
    };

    public async ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> GetManyAsync(
        IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default)
    {
        var distinct = many.Distinct().ToArray();
        var answers = await _reader.ReadManyAsync([.. distinct.Select(keys.Encode)], cancellationToken).ConfigureAwait(false);
        var results = new Dictionary<TKey, ReadResult<TValue>>(distinct.Length);
        for (var i = 0; i < distinct.Length; i++)
        {
            results.Add(distinct[i], Decode(answers[i]));
        }

        return results;
    }

    public ValueTask<ReadResult<TValue>> GetOrLoadAsync(
        TKey key, Func<TKey, CancellationToken, ValueTask<TValue?>> loader, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loader);
        var encoded = keys.Encode(key);
        return _reader.TryRead(encoded, out var entry)
            ? new ValueTask<ReadResult<TValue>>(new ReadResult<TValue>(entry, values.Decode(entry.Value), ReadSource.Tier, ReadFlags.Found))
            : DecodeAsync(_reader.ReadAsync(encoded, token => LoadAsync(key, loader, token), cancellationToken));
    }

    public ValueTask<WriteReceipt> SetAsync(
        TKey key, TValue value, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        _writer.WriteAsync(Prepare(key, value, options), cancellationToken);

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
                writes.Add(Prepare(entries[i].Key, entries[i].Value, options));
                indexes.Add(i);
            }
            catch (Exception exception) when (exception is InvalidKeyException or InvalidTagException or ValueTooLargeException)
            {
                outcomes[i] = new WriteOutcome(default, exception);
            }
        }

        var written = await _writer.WriteManyAsync(writes, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < written.Count; i++)
        {
            outcomes[indexes[i]] = written[i];
        }

        return outcomes;
    }

    public ValueTask<WriteReceipt> RemoveAsync(TKey key, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        _writer.WriteAsync(_writer.Prepare(keys.Encode(key), default, contentType: null, options?.Tags, tombstone: true, options), cancellationToken);

    public ValueTask InvalidateAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default) =>
        runtime.Tier.InvalidateAsync(Encode(many), cancellationToken);

    public ValueTask InvalidateAllAsync(CancellationToken cancellationToken = default) => runtime.Tier.InvalidateAllAsync(cancellationToken);

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

    public ValueTask<int> DropDeadLettersAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default) =>
        runtime.Tier.DropDeadLettersAsync(Encode(many), cancellationToken);

    public ValueTask<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        runtime.GetStatisticsAsync(cancellationToken);

    private async ValueTask<LoadedValue> LoadAsync(
        TKey key, Func<TKey, CancellationToken, ValueTask<TValue?>> loader, CancellationToken cancellationToken)
    {
        var value = await loader(key, cancellationToken).ConfigureAwait(false);
        return value is null
            ? LoadedValue.FromLoader(default, null, tombstone: true)
            : LoadedValue.FromLoader(values.Encode(value), values.ContentType, tombstone: false) with { Tags = runtime.Tagging.Check(tagsOf?.Invoke(key, value)) };
    }

    private PreparedWrite Prepare(TKey key, TValue value, WriteOptions? options)
    {
        // Encoded first: what is no key or value has no tags either.
        var (encodedKey, encodedValue) = (keys.Encode(key), Encode(value));
        return _writer.Prepare(encodedKey, encodedValue, values.ContentType, options?.Tags ?? tagsOf?.Invoke(key, value), tombstone: false, options);
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
