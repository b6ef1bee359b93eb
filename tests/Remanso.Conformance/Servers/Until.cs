namespace Remanso.Conformance.Servers;

/// <summary>Waits for what another process will do in its own time: looks again until it holds, and says what was
/// missing when it never does.</summary>
public static class Until
{
    private static readonly TimeSpan _deadline = TimeSpan.FromMinutes(2);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > _deadline)
            {
                throw new TimeoutException($"Within {_deadline} it never was so that {what}.");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);
}
