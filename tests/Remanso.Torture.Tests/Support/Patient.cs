namespace Remanso.Torture.Tests.Support;

/// <summary>Waits for what other processes do in their own time, and says what was missing when they never do.</summary>
internal static class Patient
{
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks until it holds. A look that fails is one more reason to look again: its server may be down.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        Exception? failure = null;
        while (TimeProvider.System.GetElapsedTime(began) < Scale.Patience)
        {
            try
            {
                if (await condition())
                {
                    return;
                }

                failure = null;
            }
            catch (Exception exception) when (exception is HttpRequestException or InvalidOperationException or TaskCanceledException)
            {
                failure = exception;
            }

            await Task.Delay(_lookEvery, TimeProvider.System);
        }

        throw new TimeoutException($"Within {Scale.Patience} it never was so that {what}.", failure);
    }
}
