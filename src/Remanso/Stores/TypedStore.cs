using Remanso.Entries;

namespace Remanso.Stores;

/// <summary>A user's typed store as the engine sees every store: strings and bytes. What can't be decoded is refused
/// for good, which makes it a dead letter.</summary>
internal sealed class TypedStore<TKey, TValue>(IBackingStore<TKey, TValue> store, IKeyCodec<TKey> keys, IValueCodec<TValue> values)
    : IBackingStore<string, ReadOnlyMemory<byte>>
    where TKey : notnull
{
    public bool KeepsDeletes => store.KeepsDeletes;

    public ValueTask InitializeAsync(CancellationToken cancellationToken) => store.InitializeAsync(cancellationToken);

    public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> encoded,
        CancellationToken cancellationToken
    )
    {
        var rows = await store.LoadAsync([.. encoded.Select(keys.Decode)], cancellationToken).ConfigureAwait(false);
        return [.. rows.Select(Encode)];
    }

    public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    )
    {
        var typed = new StoreWrite<TKey, TValue>[batch.Count];
        for (var i = 0; i < typed.Length; i++)
        {
            typed[i] = Decode(batch[i]);
        }

        return store.SaveAsync(typed, cancellationToken);
    }

    private StoreRow<string, ReadOnlyMemory<byte>> Encode(StoreRow<TKey, TValue> row)
    {
        var key = keys.Encode(row.Key);
        try
        {
            return new StoreRow<string, ReadOnlyMemory<byte>>
            {
                Key = key,
                Value = row.Deleted || row.Value is null ? default : values.Encode(row.Value),
                ContentType = row.ContentType ?? values.ContentType,
                Version = row.Version,
                Deleted = row.Deleted || row.Value is null,
                ExpiresAt = row.ExpiresAt,
            };
        }
        catch (Exception exception) when (exception is not (StoreException or OperationCanceledException or OutOfMemoryException))
        {
            throw new StoreException($"The row of the key '{key}' can't be encoded: {exception.Message}", isTransient: false, exception)
            {
                BlamesRow = true,
            };
        }
    }

    private StoreWrite<TKey, TValue> Decode(StoreWrite<string, ReadOnlyMemory<byte>> write)
    {
        try
        {
            return new StoreWrite<TKey, TValue>
            {
                Key = keys.Decode(write.Key),
                Value = write.Deleted ? default : values.Decode(write.Value),
                ContentType = write.ContentType,
                Version = write.Version,
                Deleted = write.Deleted,
                ExpiresAt = write.ExpiresAt,
                FencingToken = write.FencingToken,
            };
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new StoreException($"The key '{write.Key}' can't be decoded: {exception.Message}", isTransient: false, exception)
            {
                BlamesRow = true,
            };
        }
    }
}
