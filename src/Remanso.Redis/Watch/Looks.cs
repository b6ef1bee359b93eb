namespace Remanso.Redis.Watch;

/// <summary>Looks at several things, each by itself: one that takes long holds up its own next look alone. Not for two
/// callers at once.</summary>
internal sealed class Looks
{
    private readonly Dictionary<object, Task> _last = [];

    /// <summary>All that are under way.</summary>
    public Task UnderWay => Task.WhenAll(_last.Values);

    /// <summary>Begins a look, unless the last one at the same is still under way. What it fails with is nobody's.</summary>
    public void Begin(object at, Func<ValueTask> look)
    {
        if (_last.GetValueOrDefault(at) is not { IsCompleted: false })
        {
            _last[at] = TryAsync(look);
        }
    }

    /// <summary>Forgets those that are over.</summary>
    public void Tidy()
    {
        foreach (var (at, look) in _last)
        {
            if (look.IsCompleted)
            {
                _last.Remove(at);
            }
        }
    }

    private static async Task TryAsync(Func<ValueTask> look)
    {
        try
        {
            await look().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Who can't be reached is looked at with the next beat, or on its next connection.
        }
    }
}
