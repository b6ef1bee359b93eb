using System.Collections.Concurrent;
using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.ReadThrough;

/// <summary>A caller's loader of many keys as the store of a <see cref="LoadBatcher"/> of its own: each key has its
/// flight, lease and fill, and those that begin together leave as one call.</summary>
internal sealed class LoadMany<TKey, TValue>(
    Func<IReadOnlyList<TKey>, CancellationToken, ValueTask<IReadOnlyDictionary<TKey, TValue>>> loader,
    IKeyCodec<TKey> keys,
    IValueCodec<TValue> values,
    Tagging tagging
) : IBackingStore<string, ReadOnlyMemory<byte>>
    where TKey : notnull
{
    private readonly ConcurrentDictionary<string, TKey> _asked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FlightNode> _flights = new(StringComparer.Ordinal);

    /// <summary>How to read one of the keys.</summary>
    public ReadPlan Plan(TKey key, string encoded, LoadBatcher batcher)
    {
        _asked[encoded] = key;
        return new ReadPlan
        {
            Loader = async (_, token) =>
            {
                if (FlightNode.Current is { } flight)
                {
                    _flights[encoded] = flight;
                }

                return LoadedValue.From(await batcher.LoadAsync(encoded, token).ConfigureAwait(false)).TaggedBy(tagging, encoded);
            },
        };
    }

    public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> encoded,
        CancellationToken cancellationToken
    )
    {
        var call = new Call([.. encoded.Where(_flights.ContainsKey).Select(key => _flights[key])]);
        FlightNode.Current = call;
        try
        {
            var found = await loader([.. encoded.Select(key => _asked[key])], cancellationToken).ConfigureAwait(false)
                ?? throw new InvalidOperationException("The loader of many keys returned null.");
            var rows = new Dictionary<string, StoreRow<string, ReadOnlyMemory<byte>>>(encoded.Count, StringComparer.Ordinal);
            foreach (var (key, value) in found)
            {
                var row = Row(keys.Encode(key), value);
                rows[row.Key] = row;
            }

            return [.. encoded.Select(key => rows.TryGetValue(key, out var row) ? row : Absent(key))];
        }
        finally
        {
            call.End();
        }
    }

    public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException("A loader saves nothing.");

    private StoreRow<string, ReadOnlyMemory<byte>> Row(string key, TValue? value) =>
        value is null
            ? Absent(key)
            : new()
            {
                Key = key,
                Value = values.Encode(value),
                ContentType = values.ContentType,
                Version = 0,
            };

    private static StoreRow<string, ReadOnlyMemory<byte>> Absent(string key) =>
        new()
        {
            Key = key,
            Value = default,
            Version = 0,
            Deleted = true,
        };

    /// <summary>One call as a node that the flights of all its keys wait for: so a loader that asks for a key of its
    /// own is found out.</summary>
    private sealed class Call(FlightNode[] flights) : FlightNode
    {
        private volatile bool _hasEnded;

        public override bool HasLanded => _hasEnded;

        public void End() => _hasEnded = true;

        protected override void CopyWaiting(List<FlightNode> into) => into.AddRange(flights);
    }
}
