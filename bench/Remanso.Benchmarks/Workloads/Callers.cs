namespace Remanso.Benchmarks.Workloads;

/// <summary>Many callers at once in one process, each with one call under way, as the requests of a server are.</summary>
internal static class Callers
{
    /// <summary>Runs them for a time, each with random keys of its own.</summary>
    /// <returns>Calls per second of all.</returns>
    public static async Task<double> RunAsync<T>(int callers, TimeSpan time, string[] keys, Func<string, ValueTask<T>> call)
    {
        var start = TimeProvider.System.GetTimestamp();
        var calls = await Task.WhenAll(Enumerable.Range(0, callers).Select(CallAsync));
        return calls.Sum() / TimeProvider.System.GetElapsedTime(start).TotalSeconds;

        async Task<long> CallAsync(int number)
        {
            var random = new Random(number);
            long done = 0;
            do
            {
                await call(keys[random.Next(keys.Length)]);
                done++;
            } while (TimeProvider.System.GetElapsedTime(start) < time);

            return done;
        }
    }
}
