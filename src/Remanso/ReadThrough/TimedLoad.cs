using Remanso.Common;
using Remanso.Entries;
using Remanso.Telemetry;

namespace Remanso.ReadThrough;

// At the deadline the work's token is cancelled. Work that ignores it goes on by itself; its key and its place in the
// bulkhead are free nevertheless, and whatever it ends with is dropped.
//
// A cache's own loader takes a place in the bulkhead, unless another load waits for this one: that one may hold the
// last place. (Best effort: who begins to wait while this one is in the queue comes too late, and the deadline is the
// way out.)

/// <summary>One load, from the store or by a loader, that ends at the deadline (<see cref="LoadOptions.Timeout"/>)
/// whatever becomes of the work behind it.</summary>
internal sealed class TimedLoad(LoadBatcher? batcher, LoadOptions options, TimeProvider time, CacheEvents events) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.MaxConcurrent);

    /// <summary>Loads a key by the plan's loader, else from the store.</summary>
    /// <exception cref="TimeoutException">The deadline is over.</exception>
    public ValueTask<LoadedValue> RunAsync(string key, ReadPlan plan, CacheEntry? previous, CancellationToken cancellationToken) =>
        events.Wants(CacheEventKinds.Loaded | CacheEventKinds.LoadFailed)
            ? HeardAsync(key, plan, previous, cancellationToken)
            : UnheardAsync(key, plan, previous, cancellationToken);

    private async ValueTask<LoadedValue> HeardAsync(string key, ReadPlan plan, CacheEntry? previous, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            var value = await UnheardAsync(key, plan, previous, cancellationToken).ConfigureAwait(false);
            events.Raise(Of(CacheEventKinds.Loaded) with { Version = Math.Max(value.Version, 0) });
            return value;
        }
        catch (Exception exception)
        {
            events.Raise(Of(CacheEventKinds.LoadFailed) with { Error = exception.Message });
            throw;
        }

        CacheEvent Of(CacheEventKinds kind) =>
            events.Of(kind) with
            {
                Key = key,
                Source = ReadSource.Store,
                Duration = time.GetElapsedTime(start),
            };
    }

    private ValueTask<LoadedValue> UnheardAsync(string key, ReadPlan plan, CacheEntry? previous, CancellationToken cancellationToken) =>
        plan.Loader is not { } loader ? FromStoreAsync(key, cancellationToken)
        : plan.IsBounded && FlightNode.Current is not { IsAwaitedByLoads: true } ? InPlaceAsync(loader, previous, cancellationToken)
        : RunAsync(loader, previous, cancellationToken);

    public void Dispose() => _places.Dispose();

    private async ValueTask<LoadedValue> FromStoreAsync(string key, CancellationToken cancellationToken) =>
        LoadedValue.From(await batcher!.LoadAsync(key, cancellationToken).ConfigureAwait(false));

    private async ValueTask<LoadedValue> InPlaceAsync(KeyLoader loader, CacheEntry? previous, CancellationToken cancellationToken)
    {
        await TakePlaceAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RunAsync(loader, previous, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    private async ValueTask TakePlaceAsync(CancellationToken cancellationToken)
    {
        var work = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var place = _places.WaitAsync(work.Token);
        try
        {
            await EndAsync(place, work, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // It may have been given at the very moment of leaving.
            _ = place.ContinueWith(
                (_, places) => ((SemaphoreSlim)places!).Release(),
                _places,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default
            );
            throw;
        }
    }

    private async ValueTask<LoadedValue> RunAsync(KeyLoader loader, CacheEntry? previous, CancellationToken cancellationToken)
    {
        var work = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var load = loader(previous, work.Token);
        if (load.IsCompleted)
        {
            work.Dispose();
            return await load.ConfigureAwait(false);
        }

        var task = load.AsTask();
        await EndAsync(task, work, cancellationToken).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <summary>Waits until the work is done, the deadline is over, or nobody waits any more; in the last two cases its
    /// token is cancelled.</summary>
    private async ValueTask EndAsync(Task task, CancellationTokenSource work, CancellationToken cancellationToken)
    {
        await task.WaitAsync(options.Timeout, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsCompleted)
        {
            work.Dispose();
            await task.ConfigureAwait(false);
            return;
        }

        // Not disposed of: the work may still look at its token. Nobody else will see its end.
        task.Forget();
        _ = work.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        throw Late(options);
    }

    /// <summary>What a load that did not come back fails with.</summary>
    public static TimeoutException Late(LoadOptions options) => new($"The load did not come back within Load:Timeout ({options.Timeout}).");
}
