using Remanso.Redis.Resp;

namespace Remanso.Redis.Tier;

// Changes are most of what could be told, one for each write, and without near caches nobody wants them: then nobody is
// subscribed, and a publish costs the server half a microsecond. Whoever wants them misses none that matters: from the
// moment an observer is registered, every call of this tier waits until the subscription is in force, so whatever it
// copies out of the tier it copies afterwards. Observers that are registered before the tier is initialised are there
// when that ends.

/// <summary>The tier's subscriptions: to the signals of every partition from the start, to the changes of keys as soon
/// as an observer wants those.</summary>
internal sealed class TierChannels(TierContext tier) : IAsyncDisposable
{
    private readonly IAsyncDisposable?[] _signals = new IAsyncDisposable?[tier.Keys.Partitions.Length];
    private readonly IAsyncDisposable?[] _changes = new IAsyncDisposable?[tier.Keys.Partitions.Length];
    private readonly SemaphoreSlim _subscribing = new(1, 1);
    private volatile bool _isDisposed;

    /// <summary>Subscribes to what is wanted; what an earlier attempt achieved is kept.</summary>
    /// <exception cref="TierUnavailableException">A server has not confirmed it.</exception>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await SubscribeAsync(_signals, static partition => partition.Channel, cancellationToken).ConfigureAwait(false);
        if (tier.Calls.Entrance is { } changes)
        {
            await changes(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Somebody wants changes from now on.</summary>
    public void WantChanges() => tier.Calls.Entrance = SubscribeToChangesAsync;

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        foreach (var subscriptions in new[] { _signals, _changes })
        {
            for (var i = 0; i < subscriptions.Length; i++)
            {
                await EndAsync(subscriptions, i).ConfigureAwait(false);
            }
        }
    }

    private static ValueTask EndAsync(IAsyncDisposable?[] subscriptions, int partition) =>
        Interlocked.Exchange(ref subscriptions[partition], null)?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask SubscribeToChangesAsync(CancellationToken cancellationToken)
    {
        await SubscribeAsync(_changes, static partition => partition.State, cancellationToken).ConfigureAwait(false);
        tier.Calls.Entrance = null;
    }

    private async ValueTask SubscribeAsync(
        IAsyncDisposable?[] subscriptions,
        Func<PartitionKeys, string> channel,
        CancellationToken cancellationToken
    )
    {
        await _subscribing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var missing = tier.Keys.Partitions.ToArray().Where(partition => subscriptions[partition.Index] is null);
            await Task.WhenAll(
                    missing.Select(partition => SubscribeAsync(subscriptions, partition.Index, channel(partition), cancellationToken))
                )
                .ConfigureAwait(false);
        }
        catch (RedisException exception)
        {
            throw new TierUnavailableException(exception.Message, mayHaveHappened: false, exception) { Reason = exception.Reason };
        }
        finally
        {
            _subscribing.Release();
        }
    }

    private async Task SubscribeAsync(IAsyncDisposable?[] subscriptions, int partition, string channel, CancellationToken cancellationToken)
    {
        var subscription = await tier
            .Calls.Client.SubscribeAsync(RedisChannel.Sharded(channel), tier.Signals, cancellationToken)
            .ConfigureAwait(false);
        Interlocked.Exchange(ref subscriptions[partition], subscription);
        if (_isDisposed)
        {
            // Confirmed after the end: nobody else would end it.
            await EndAsync(subscriptions, partition).ConfigureAwait(false);
        }
    }
}
