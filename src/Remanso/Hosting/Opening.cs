using Remanso.Common;
using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>Makes tier and store ready, both, whichever fails: with one of them the cache serves already.</summary>
/// <param name="tier">The tier.</param>
/// <param name="store">The store; null where there is none.</param>
/// <param name="life">The life of the caches that start together.</param>
/// <param name="time">The clock.</param>
internal sealed class Opening(ICacheTier tier, IBackingStore<string, ReadOnlyMemory<byte>>? store, CacheLife life, TimeProvider time)
{
    // A start says within it what keeps it: platforms kill what neither starts nor speaks.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    // Whose store the code that runs is a part of.
    private static readonly AsyncLocal<Opening?> _asker = new();

    private readonly CacheLife _life = life;
    private volatile TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isOpeningStore;
    private Task? _openingStore;

    /// <summary>The cache.</summary>
    public string Cache => tier.Cache;

    /// <summary>Whether there is a store.</summary>
    public bool HasStore => store is not null;

    /// <summary>Completes when the cache is started, perhaps before all others are, or could not be.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Says that the cache is started.</summary>
    public void SetReady() => _ready.TrySetResult();

    /// <summary>Says why the cache can't be started.</summary>
    public void SetFailed(Exception exception)
    {
        if (_ready.TrySetException(exception))
        {
            // Perhaps nobody waits for it.
            _ready.Task.Forget();
        }
    }

    /// <summary>Forgets a failure: the cache will be started again.</summary>
    public void ForgetFailure()
    {
        if (_ready.Task.IsFaulted)
        {
            _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Refuses what would wait for itself: this cache waits for the start, and that for the store which asks.</summary>
    /// <exception cref="CacheConfigurationException">A store that is being opened asks for this cache.</exception>
    public void ThrowIfAStoreAsks()
    {
        if (_asker.Value is { _isOpeningStore: true } asker && asker._life == _life)
        {
            throw new CacheConfigurationException(
                $"The store of the cache '{asker.Cache}', or its connection, asks for the cache '{Cache}' while the caches start: "
                    + "only caches without a store can be had then."
            );
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var both = Task.WhenAll(OpenTierAsync(cancellationToken), OpenStoreAsync(cancellationToken));
        try
        {
            await both.ConfigureAwait(false);
        }
        catch (Exception) when (both.Exception is { InnerExceptions: { Count: > 1 } errors })
        {
            // What can't be mended by waiting before what can; and where both can't be reached, both are named.
            throw errors.FirstOrDefault(static error => error is not (TierUnavailableException or StoreException { IsTransient: true }))
                ?? new TierUnavailableException(string.Join("; ", errors.Select(static error => error.Message)), mayHaveHappened: false)
                {
                    Reason = errors.OfType<TierUnavailableException>().Select(static error => error.Reason).FirstOrDefault(),
                };
        }
    }

    private async Task OpenTierAsync(CancellationToken cancellationToken)
    {
        try
        {
            await tier.InitializeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException exception) when (exception is not ObjectDisposedException)
        {
            throw new CacheConfigurationException(exception.Message);
        }
    }

    /// <summary>Opens the store, or fails after some time in which it said nothing. The opening goes on then, and is what
    /// the next call waits for.</summary>
    private async Task OpenStoreAsync(CancellationToken cancellationToken)
    {
        if (store is null)
        {
            return;
        }

        if (_openingStore is not { IsCompleted: false } and not { IsCompletedSuccessfully: true })
        {
            _openingStore = InitializeStoreAsync(store, cancellationToken);
            _openingStore.Forget();
        }

        await _openingStore.WaitAsync(_patience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_openingStore.IsCompleted)
        {
            throw new StoreException(
                $"The store has not answered for {_patience.TotalSeconds:0} s; the cache goes on without it until it is open.",
                isTransient: true
            );
        }

        var opened = _openingStore;
        _openingStore = null;
        await opened.ConfigureAwait(false);
    }

    // A store of the application may throw before it awaits anything: that is an error of its own, beside the tier's.
    private async Task InitializeStoreAsync(IBackingStore<string, ReadOnlyMemory<byte>> opened, CancellationToken cancellationToken)
    {
        // It ends with this call, but for what the store leaves running: that may ask later.
        _asker.Value = this;
        _isOpeningStore = true;
        try
        {
            await opened.InitializeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is not StoreException && !cancellationToken.IsCancellationRequested && StoreErrors.IsTransient(exception))
        {
            // A store of the application throws what its own client does.
            throw new StoreException(exception.Message, isTransient: true, exception);
        }
        finally
        {
            _isOpeningStore = false;
        }
    }
}
