namespace Remanso.Common;

// The work runs on the pool, free of the caller's context, so that waiting for it here can't hold it up.

/// <summary>The synchronous half of disposal, for <c>using</c> and for containers that are disposed of without <c>await</c>.</summary>
internal static class Disposal
{
    public static void Run(IAsyncDisposable disposable) => Task.Run(() => disposable.DisposeAsync().AsTask()).GetAwaiter().GetResult();
}
