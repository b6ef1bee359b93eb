using Remanso.Entries;

namespace Remanso.Stores;

/// <summary>A user's typed store as the engine sees every store: strings and bytes. What can't be decoded is refused
/// for good, which makes it a dead letter.</summary>
internal sealed class TypedStore<TKey, TValue>(IBackingStore<TKey, TValue> store, IKeyCodec<TKey> keys, IValueCodec<TValue> values)
    : IBackingStore<string, ReadOnlyMemory<byte>>,
        IStoreIdentity
    where TKey : notnull
{
    public string? Identity => (store as IStoreIdentity)?.Identity;

    public bool KeepsDeletes => store.KeepsDeletes;

    public ValueTask InitializeAsync(CancellationToken cancellationToken) => store.InitializeAsync(cancellationToken);

    public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> encoded,
        CancellationToken cancellationToken
    )
    {
        TKey[] decoded = [.. encoded.Select(DecodeKey)];
        try
        {
            var rows = await store.LoadAsync(decoded, cancellationToken).ConfigureAwait(false)
                ?? throw Broken("null for a load; where no key has a row, the answer is an empty list");
            return [.. rows.Select(Encode)];
        }
        catch (Exception exception) when (IsOfEndedServices(exception))
        {
            throw Ended(exception);
        }
    }

    public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    )
    {
        var typed = new StoreWrite<TKey, TValue>[batch.Count];
        for (var i = 0; i < typed.Length; i++)
        {
            typed[i] = Decode(batch[i]);
        }

        try
        {
            return Checked(batch, await store.SaveAsync(typed, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (IsOfEndedServices(exception))
        {
            throw Ended(exception);
        }
    }

    // What is lost to a version has that one or a higher one in its place: a lower one would take it away for nothing. The
    // same version is the write's own.
    private static IReadOnlyList<SaveOutcome> Checked(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        IReadOnlyList<SaveOutcome>? outcomes
    )
    {
        if (outcomes?.Count != batch.Count)
        {
            throw Broken(
                $"{(outcomes is null ? "null" : $"{outcomes.Count} outcomes")} for a batch of {batch.Count}; each write has its "
                    + "outcome, at its index"
            );
        }

        SaveOutcome[]? corrected = null;
        for (var i = 0; i < batch.Count; i++)
        {
            if (outcomes[i].Kind != SaveOutcomeKind.Superseded || outcomes[i].StoreVersion > batch[i].Version)
            {
                continue;
            }

            if (outcomes[i].StoreVersion < batch[i].Version)
            {
                throw Broken(
                    $"Superseded({outcomes[i].StoreVersion}) for a write of version {batch[i].Version}; what supersedes a write has "
                        + "a higher version"
                );
            }

            (corrected ??= [.. outcomes])[i] = SaveOutcome.AlreadyStored;
        }

        return corrected ?? outcomes;
    }

    private StoreRow<string, ReadOnlyMemory<byte>> Encode(StoreRow<TKey, TValue> row)
    {
        var key = keys.Encode(row.Key ?? throw Broken("a row without a key for a load"));
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
        catch (Exception exception) when (IsTheRows(exception))
        {
            throw BadRow($"The row can't be encoded: {exception.Message}", exception);
        }
    }

    private StoreWrite<TKey, TValue> Decode(StoreWrite<string, ReadOnlyMemory<byte>> write) =>
        new()
        {
            Key = DecodeKey(write.Key),
            Value = write.Deleted ? default : DecodeValue(write),
            ContentType = write.ContentType,
            Version = write.Version,
            Deleted = write.Deleted,
            ExpiresAt = write.ExpiresAt,
            FencingToken = write.FencingToken,
            HasTime = write.HasTime,
        };

    private TKey DecodeKey(string key)
    {
        try
        {
            return keys.Decode(key);
        }
        catch (Exception exception) when (IsTheRows(exception))
        {
            // Parsers quote what they can't read, and this gets into logs, which have no keys.
            throw BadRow($"The key can't be decoded ({exception.GetType().Name}).", exception);
        }
    }

    private TValue DecodeValue(in StoreWrite<string, ReadOnlyMemory<byte>> write)
    {
        try
        {
            return values.Decode(write.Value);
        }
        catch (Exception exception) when (IsTheRows(exception))
        {
            throw BadRow($"The value can't be decoded: {exception.Message}", exception);
        }
    }

    // Whatever a codec throws: one that reads a stream throws IOException, and no store is away for that.
    private static bool IsTheRows(Exception exception) =>
        exception is not (StoreException or OperationCanceledException or OutOfMemoryException);

    private static bool IsOfEndedServices(Exception exception) =>
        exception is not StoreException && StoreErrors.IsOfEndedServices(exception);

    private static StoreException Ended(Exception inner) =>
        new(
            "The application's services are disposed of, and the store needs them: stop the host before it is disposed of.",
            isTransient: true,
            inner
        );

    private static StoreException Broken(string answer) => new($"The store answered {answer}.", isTransient: false);

    private static StoreException BadRow(string message, Exception inner) => new(message, isTransient: false, inner) { BlamesRow = true };
}
