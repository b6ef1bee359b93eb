using Remanso.Entries;
using Remanso.Hosting;
using Remanso.WriteBehind;

namespace Remanso;

/// <summary>The operator's part of a cache.</summary>
internal sealed class CacheOperations<TKey, TValue>(CacheRuntime runtime, IKeyCodec<TKey> keys, TypedWriter<TKey, TValue> writer)
    : ICacheOperations<TKey, TValue>
    where TKey : notnull
{
    public ValueTask<FlushReport> FlushAsync(CancellationToken cancellationToken = default) => runtime.FlushAsync(cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(int max = 100, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        return runtime.Tier.ListDeadLettersAsync(max, cancellationToken);
    }

    public ValueTask<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(
        DeadLetterFilter filter,
        int max = 100,
        CancellationToken cancellationToken = default
    ) => DeadLetterSelection.ListAsync(runtime.Tier, filter, max, cancellationToken);

    public ValueTask<int> ReplayDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken = default) =>
        DeadLetterSelection.EachAsync(runtime.Tier, filter, runtime.Tier.ReplayDeadLettersAsync, cancellationToken);

    public ValueTask<int> DropDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken = default) =>
        DeadLetterSelection.EachAsync(runtime.Tier, filter, DropAsync, cancellationToken);

    public ValueTask<int> ReplayDeadLettersAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default) =>
        runtime.Tier.ReplayDeadLettersAsync(CacheKey.EncodeMany(keys, many, cancellationToken), cancellationToken);

    public ValueTask<WriteReceipt?> EditDeadLetterAsync(
        TKey key,
        TValue value,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => writer.EditDeadLetterAsync(key, value, options, cancellationToken);

    public async ValueTask<int> DropDeadLettersAsync(IReadOnlyCollection<TKey> many, CancellationToken cancellationToken = default)
    {
        var encoded = CacheKey.EncodeMany(keys, many, cancellationToken);
        try
        {
            return await runtime.Tier.DropDeadLettersAsync(encoded, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            writer.TellAll(many);
        }
    }

    public ValueTask<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        runtime.GetStatisticsAsync(cancellationToken);

    private async ValueTask<int> DropAsync(IReadOnlyList<string> encoded, CancellationToken cancellationToken)
    {
        try
        {
            return await runtime.Tier.DropDeadLettersAsync(encoded, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            writer.TellAll(Decoded(encoded));
        }
    }

    // A key that others wrote, and that is no key here, has no near copy either.
    private List<TKey> Decoded(IReadOnlyList<string> encoded)
    {
        List<TKey> decoded = [];
        foreach (var text in encoded)
        {
            if (keys.TryDecode(text, out var key))
            {
                decoded.Add(key);
            }
        }

        return decoded;
    }
}
