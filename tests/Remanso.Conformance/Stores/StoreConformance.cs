using Remanso.Entries;
using Remanso.Hosting;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Stores;

/// <summary>What the conformance suites of backing stores share: a fresh database for each test, and words to write tests with.</summary>
public abstract class StoreConformance : IAsyncLifetime
{
    private StoreTestBed? _bed;

    private protected StoreTestBed Bed => _bed ?? throw new InvalidOperationException("The test has not begun.");

    /// <summary>The initialised store of the cache <c>default</c>.</summary>
    protected IBackingStore<string, ReadOnlyMemory<byte>> Store { get; private set; } = null!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bed = await CreateBedAsync();
        Store = _bed.Provider.Create("default");
        await Store.InitializeAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_bed is not null)
        {
            await _bed.DisposeAsync();
        }
    }

    /// <summary>From now on the store is asked as the caches ask it: apart from a transaction of the caller's.</summary>
    protected void AskAsCachesDo() => Store = new ApartStore(Store);

    /// <summary>Makes an empty database, without a schema.</summary>
    private protected abstract ValueTask<StoreTestBed> CreateBedAsync();

    protected static StoreWrite<string, ReadOnlyMemory<byte>> Write(
        string key,
        long version,
        string value = "value",
        string? contentType = null,
        long expiresAt = CacheEntry.Never
    ) => Write(key, version, System.Text.Encoding.UTF8.GetBytes(value), contentType, expiresAt);

    protected static StoreWrite<string, ReadOnlyMemory<byte>> Write(
        string key,
        long version,
        byte[] value,
        string? contentType = null,
        long expiresAt = CacheEntry.Never
    ) =>
        new()
        {
            Key = key,
            Version = version,
            Value = value,
            ContentType = contentType,
            ExpiresAt = expiresAt,
        };

    protected static StoreWrite<string, ReadOnlyMemory<byte>> Delete(string key, long version) =>
        new()
        {
            Key = key,
            Version = version,
            Value = default,
            Deleted = true,
            ExpiresAt = CacheEntry.Never,
        };

    protected static string Text(StoreRow<string, ReadOnlyMemory<byte>> row) => System.Text.Encoding.UTF8.GetString(row.Value.Span);

    /// <summary>Saves as the flusher does: distinct keys, sorted.</summary>
    protected ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(params IEnumerable<StoreWrite<string, ReadOnlyMemory<byte>>> writes) =>
        Store.SaveAsync(Sorted(writes), Cancellation);

    protected static StoreWrite<string, ReadOnlyMemory<byte>>[] Sorted(IEnumerable<StoreWrite<string, ReadOnlyMemory<byte>>> writes) =>
        [.. writes.OrderBy(write => write.Key, StringComparer.Ordinal)];

    /// <summary>The row of a key, or null.</summary>
    protected async Task<StoreRow<string, ReadOnlyMemory<byte>>?> LoadAsync(string key)
    {
        var rows = await Store.LoadAsync([key], Cancellation);
        return rows.Count == 0 ? null : Assert.Single(rows);
    }

    protected async Task<StoreRow<string, ReadOnlyMemory<byte>>> LoadExistingAsync(string key)
    {
        var row = await LoadAsync(key);
        Assert.True(row.HasValue, $"The store has no row of the key '{key}'.");
        Assert.Equal(key, row.Value.Key);
        return row.Value;
    }
}
