using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>Makes tier and store ready, both, whichever fails: with one of them the cache serves already.</summary>
internal sealed class Opening(ICacheTier tier, IBackingStore<string, ReadOnlyMemory<byte>>? store)
{
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

    // A store of the application may throw before it awaits anything: that is an error of its own, beside the tier's.
    private async Task OpenStoreAsync(CancellationToken cancellationToken)
    {
        if (store is null)
        {
            return;
        }

        try
        {
            await store.InitializeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is not StoreException && !cancellationToken.IsCancellationRequested && StoreErrors.IsTransient(exception))
        {
            // A store of the application throws what its own client does.
            throw new StoreException(exception.Message, isTransient: true, exception);
        }
    }
}
