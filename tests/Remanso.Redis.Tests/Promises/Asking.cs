namespace Remanso.Redis.Tests.Promises;

/// <summary>Asks until Redis can be reached.</summary>
internal static class Asking
{
    public static async Task<TResult> AskAsync<TResult>(Func<ValueTask<TResult>> ask)
    {
        var answer = default(TResult);
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    answer = await ask();
                    return true;
                }
                catch (Exception exception) when (exception is TierUnavailableException or BackPressureException)
                {
                    return false;
                }
            },
            "Redis can be reached"
        );
        return answer!;
    }
}
