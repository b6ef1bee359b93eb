namespace Remanso.Stores;

/// <summary>Says which rows of the default store were changed by others than Remanso, so that no copy of them is served
/// until its TTL ends.</summary>
internal interface IStoreChangeFeed
{
    /// <summary>Passes changes on until cancelled, which is how it ends. It deals with a store that can't be reached
    /// by itself, and says when it listens again, for what was told meanwhile is lost.</summary>
    Task RunAsync(IStoreChangeObserver observer, CancellationToken stop);
}
