namespace Remanso.Testing;

/// <summary>A cache on the memory tier, the store behind it, and the clock of both. Nothing is flushed, expires or is
/// retried until the test moves the clock or asks for it.</summary>
/// <example>
/// <code>
/// await using var test = await TestCache.StartAsync&lt;int, string&gt;();
/// await new Renaming(test.Cache).RenameAsync(42, "Alice");      // your code
/// await test.AssertStoredAsync(42, "Alice");
/// Assert.Single(test.Store.Batches);                            // one batch, however many writes
/// </code>
/// </example>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public sealed class TestCache<TKey, TValue> : IAsyncDisposable
    where TKey : notnull
{
    private readonly RemansoCaches _caches;

    internal TestCache(RemansoCaches caches, FakeStore<TKey, TValue> store, ManualTimeProvider time)
    {
        _caches = caches;
        Store = store;
        Time = time;
        Cache = caches.Get<TKey, TValue>(TestCache.Name);
    }

    /// <summary>What the code under test is given.</summary>
    public ICache<TKey, TValue> Cache { get; }

    /// <summary>The database.</summary>
    public FakeStore<TKey, TValue> Store { get; }

    /// <summary>The clock: <see cref="ManualTimeProvider.Advance"/> lets copies expire and flushes begin.</summary>
    public ManualTimeProvider Time { get; }

    /// <summary>Statistics, and what is wrong with the cache.</summary>
    public ICacheRegistry Registry => _caches.Registry;

    /// <summary>Stores what is dirty, as a flush does when its time has come.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was stored, and what was not.</returns>
    public ValueTask<FlushReport> FlushAsync(CancellationToken cancellationToken = default) =>
        Cache.Operations.FlushAsync(cancellationToken);

    /// <summary>Flushes, and fails unless the store holds this value then.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expected">The value, compared by its own equality.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RemansoAssertionException">The store holds another value, or none.</exception>
    public async Task AssertStoredAsync(TKey key, TValue expected, CancellationToken cancellationToken = default)
    {
        var report = await FlushAsync(cancellationToken).ConfigureAwait(false);
        if (!Store.Values.TryGetValue(key, out var stored))
        {
            throw new RemansoAssertionException($"The store has no value of the key {key}, and should hold {expected}.{Failures(report)}");
        }

        if (!EqualityComparer<TValue>.Default.Equals(stored, expected))
        {
            throw new RemansoAssertionException(
                $"The store holds {stored} for the key {key}, and should hold {expected}.{Failures(report)}"
            );
        }
    }

    /// <summary>Flushes, and fails unless the store holds no value of this key then.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RemansoAssertionException">The store holds a value.</exception>
    public async Task AssertNotStoredAsync(TKey key, CancellationToken cancellationToken = default)
    {
        var report = await FlushAsync(cancellationToken).ConfigureAwait(false);
        if (Store.Values.TryGetValue(key, out var stored))
        {
            throw new RemansoAssertionException($"The store holds {stored} for the key {key}, and should hold nothing.{Failures(report)}");
        }
    }

    /// <summary>Ends the cache. What a failing store does not take is given up without a wait: the clock is moved past
    /// the drain's deadline.</summary>
    public async ValueTask DisposeAsync() =>
        await Time.AdvanceUntilAsync(_caches.DisposeAsync().AsTask(), TimeSpan.Zero).ConfigureAwait(false);

    private static string Failures(FlushReport report) =>
        report.Failed.Count == 0
            ? string.Empty
            : $" Not stored: {string.Join("; ", report.Failed.Select(static failed => $"{failed.Key}: {failed.Value}"))}.";
}
