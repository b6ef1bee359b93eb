using Remanso.Entries;
using Remanso.Hosting;
using Remanso.Near;
using Remanso.ReadThrough;
using Remanso.Stores;
using Remanso.WriteBehind;

namespace Remanso;

/// <summary>Writes of one cache with its types: what can't be kept is refused here, before anything is accepted, and
/// this process's near cache hears of what was.</summary>
internal sealed class TypedWriter<TKey, TValue>(
    CacheRuntime runtime,
    IKeyCodec<TKey> keys,
    IValueCodec<TValue> values,
    Func<TKey, TValue, IReadOnlyList<string>?>? tagsOf,
    Func<StoreWrite<TKey, TValue>, string?>? refusal,
    NearCache<TKey, TValue>? near,
    Func<TKey, ReadPlan>? planOf
)
    where TKey : notnull
{
    private readonly CacheWriter _writer = runtime.Writer;
    private readonly MergeCheck<TValue> _merges = new(values);

    // The signals of a local tier have arrived when its call returns; a remote one's are on their way.
    private readonly bool _tellsNear = near is not null && !runtime.Tier.IsLocal;

    public ValueTask<WriteReceipt> SetAsync(TKey key, TValue value, WriteOptions? options, CancellationToken cancellationToken) =>
        WriteAsync(key, Prepare(key, value, options), cancellationToken);

    public ValueTask<WriteReceipt> RemoveAsync(TKey key, WriteOptions? options, CancellationToken cancellationToken)
    {
        var encoded = keys.Encode(key);
        ThrowIfRefused(key, encoded, default, deleted: true, options);
        return WriteAsync(
            key,
            Loadable(key, _writer.Prepare(encoded, default, contentType: null, options?.Tags, tombstone: true, options)),
            cancellationToken
        );
    }

    public async ValueTask<IReadOnlyList<WriteOutcome>> SetManyAsync(
        IReadOnlyList<KeyValuePair<TKey, TValue>> entries,
        WriteOptions? options,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(entries);
        if (options?.IdempotencyKey is { } name)
        {
            Identities.CheckFor(name, entries.Count);
        }

        var outcomes = new WriteOutcome[entries.Count];
        var writes = new List<PreparedWrite>(outcomes.Length);
        var indexes = new List<int>(outcomes.Length);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var named = options?.IdempotencyKey is { } id ? options with { IdempotencyKey = Identities.NameOf(id, i) } : options;
            if (TryPrepare(entries[i].Key, entries[i].Value, named, out var prepared) is not { } error)
            {
                writes.Add(prepared);
                indexes.Add(i);
            }
            else
            {
                outcomes[i] = new WriteOutcome(default, error);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var written = await runtime.ManyWriter.WriteAsync(writes, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < written.Count; i++)
            {
                outcomes[indexes[i]] = written[i];
            }

            return outcomes;
        }
        finally
        {
            foreach (var i in _tellsNear ? indexes : [])
            {
                near!.Change(entries[i].Key, outcomes[i].Receipt.Version);
            }
        }
    }

    public ValueTask<MergeReceipt> MergeAsync(TKey key, Merge merge, WriteOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(merge);
        var encoded = keys.Encode(key);
        merge = _merges.Check(encoded, merge);
        // Of the outcome nothing is known yet; but what is asked of its lifetime is.
        ThrowIfRefused(key, encoded, default, deleted: true, options);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<MergeReceipt>(cancellationToken);
        }

        var lacking = WhyNotOfNothing(key, merge, options);
        var condition = options?.Condition ?? WriteCondition.None;
        if (lacking is not null && condition.Kind is (WriteConditionKind.None or WriteConditionKind.Absent))
        {
            return MergePresentAsync(key, encoded, merge, options, lacking, cancellationToken);
        }

        return MergeAsync(key, encoded, merge, options, cancellationToken);
    }

    private ValueTask<MergeReceipt> MergeAsync(
        TKey key,
        string encoded,
        Merge merge,
        WriteOptions? options,
        CancellationToken cancellationToken
    )
    {
        var type = ValueCodec.MergedType(values.ContentType, merge);
        var merged = runtime.Merging.MergeAsync(
            Loadable(key, _writer.Prepare(encoded, default, type, options?.Tags, tombstone: false, options, merge)),
            cancellationToken
        );
        return _tellsNear ? TellNearAsync(key, merged, static merged => merged.Receipt.Version) : merged;
    }

    /// <summary>Merges what makes no value of nothing, so only into a value that is there.</summary>
    private async ValueTask<MergeReceipt> MergePresentAsync(
        TKey key,
        string encoded,
        Merge merge,
        WriteOptions? options,
        string lacking,
        CancellationToken cancellationToken
    )
    {
        VersionConflictException? conflict = null;
        if (options?.Condition.Kind != WriteConditionKind.Absent)
        {
            try
            {
                var asked = (options ?? new WriteOptions()) with { Condition = WriteCondition.Present };
                return await MergeAsync(key, encoded, merge, asked, cancellationToken).ConfigureAwait(false);
            }
            catch (VersionConflictException exception)
            {
                conflict = exception;
            }
        }

        throw new InvalidMergeException($"the key is absent, and of the patch alone comes no {typeof(TValue)}: {lacking}", conflict);
    }

    public async ValueTask<WriteReceipt?> EditDeadLetterAsync(
        TKey key,
        TValue value,
        WriteOptions? options,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await runtime
                .DeadLetters.EditAsync(keys.Encode(key), options, asked => Prepare(key, value, asked), cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            Tell(key);
        }
    }

    private ValueTask<WriteReceipt> WriteAsync(TKey key, in PreparedWrite prepared, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<WriteReceipt>(cancellationToken);
        }

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
            near!.Change(key, version);
        }
    }

    private PreparedWrite Prepare(TKey key, TValue value, WriteOptions? options)
    {
        // Encoded first: what is no key or value has no tags either.
        var encodedKey = keys.Encode(key);
        var encodedValue = Encode(encodedKey, value);
        ThrowIfRefused(key, encodedKey, value, deleted: false, options);
        var prepared = _writer.Prepare(
            encodedKey,
            encodedValue,
            values.ContentType,
            options?.Tags ?? tagsOf?.Invoke(key, value),
            tombstone: false,
            options
        );
        return Loadable(key, prepared);
    }

    /// <summary>The same where the cache has a loader of its own: what the tier does not hold is not absent then.</summary>
    private PreparedWrite Loadable(TKey key, in PreparedWrite prepared) =>
        planOf is null || !prepared.Write.LooksFirst
            ? prepared
            : prepared with
            {
                Plan = planOf(key),
                Write = prepared.Write with { HasLoader = true },
            };

    /// <summary>Prepares one of many: what is wrong with it is its own error; what is wrong with the options is thrown.</summary>
    private Exception? TryPrepare(TKey key, TValue value, WriteOptions? options, out PreparedWrite prepared)
    {
        prepared = default;
        CacheWriter.Check(options);
        try
        {
            prepared = Prepare(key, value, options);
            return null;
        }
        catch (Exception exception) when (exception is not DurabilityUnavailableException)
        {
            // The codec's, the tags function's or ours: whatever it is, it is about this entry.
            return exception;
        }
    }

    private ReadOnlyMemory<byte> Encode(string key, TValue value)
    {
        if (value is null)
        {
            throw new ArgumentNullException(nameof(value), "A value can't be null; to delete a key, call RemoveAsync.");
        }

        try
        {
            return values.Encode(value);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Codecs and converters of the application throw what they like.
            throw new InvalidValueException(runtime.Name, key, ReasonOf(exception), exception);
        }
    }

    private static string ReasonOf(Exception exception) =>
        (
            exception is ArgumentException { ParamName: { } name }
                ? exception.Message.Replace($" (Parameter '{name}')", string.Empty, StringComparison.Ordinal)
                : exception.Message
        ).TrimEnd('.');

    /// <summary>Why a merge can't make a value of nothing; null where it can.</summary>
    private string? WhyNotOfNothing(TKey key, Merge merge, WriteOptions? options) =>
        merge.Kind != MergeKind.Patch ? null
        : !_merges.TryMakeOfNothing(merge, out var value, out var problem) ? problem
        : WhyRefused(key, value, deleted: false, options);

    private void ThrowIfRefused(TKey key, string encoded, TValue? value, bool deleted, WriteOptions? options)
    {
        if (WhyRefused(key, value, deleted, options) is { } reason)
        {
            throw new InvalidValueException(runtime.Name, encoded, reason);
        }
    }

    private string? WhyRefused(TKey key, TValue? value, bool deleted, WriteOptions? options)
    {
        if (refusal is null)
        {
            return null;
        }

        var write = new StoreWrite<TKey, TValue>
        {
            Key = key,
            Value = value,
            Version = 0,
            Deleted = deleted,
            ContentType = options?.ContentType ?? values.ContentType,
            ExpiresAt = options?.Lifetime is null ? CacheEntry.Never : 0,
        };
        return refusal(write);
    }

    /// <summary>Says that a key may have changed.</summary>
    public void Tell(TKey key)
    {
        if (_tellsNear)
        {
            near!.Change(key, 0);
        }
    }

    /// <summary>Tells the near cache that keys have changed, or may have.</summary>
    public void TellAll(IReadOnlyCollection<TKey> keys)
    {
        foreach (var key in keys)
        {
            Tell(key);
        }
    }
}
