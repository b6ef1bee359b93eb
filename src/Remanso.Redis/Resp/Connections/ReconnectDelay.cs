namespace Remanso.Redis.Resp.Connections;

/// <summary>The pause before the next attempt to connect: exponential, with full jitter, so that the clients of a
/// server that comes back do not come back in step ("Exponential Backoff And Jitter", AWS Architecture Blog,
/// 2015).</summary>
internal static class ReconnectDelay
{
    /// <param name="attempt">Failed attempts so far, from 0.</param>
    /// <param name="first">The bound on the first pause.</param>
    /// <param name="longest">The bound on every pause.</param>
    /// <param name="random">Uniform in [0, 1).</param>
    /// <returns>Between a tenth of the bound and the bound, so never nothing.</returns>
    public static TimeSpan For(int attempt, TimeSpan first, TimeSpan longest, double random)
    {
        var bound = Math.Min(first.Ticks * Math.Pow(2, Math.Min(attempt, 40)), longest.Ticks);
        return TimeSpan.FromTicks((long)(bound * (0.1 + 0.9 * random)));
    }
}
