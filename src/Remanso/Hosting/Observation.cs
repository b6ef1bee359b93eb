namespace Remanso.Hosting;

/// <summary>An observer's subscriptions to caches.</summary>
internal sealed class Observation(IReadOnlyList<IDisposable> subscriptions) : IDisposable
{
    public void Dispose()
    {
        foreach (var subscription in subscriptions)
        {
            subscription.Dispose();
        }
    }
}
