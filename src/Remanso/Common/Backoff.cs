namespace Remanso.Common;

// "Equal jitter" of M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015
// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/): half of the delay is fixed, half is
// random. Full jitter does a little less work under contention there, but may return at once: against a store that is
// down, a floor that grows matters more than the last bit of spread.

/// <summary>
/// How long to wait before trying again what failed for a transient reason: exponential, with jitter, so that workers
/// that failed together do not return together. Pure: the randomness is an argument.
/// </summary>
internal static class Backoff
{
    /// <summary>
    /// Returns the delay before the next attempt: <c>c/2 + uniform × c/2</c> with
    /// <c>c = min(max, first × 2^(attempt − 1))</c>.
    /// </summary>
    /// <param name="attempt">How many attempts have failed in a row, from 1; any number is safe.</param>
    /// <param name="first">The longest delay after the first failure, above zero.</param>
    /// <param name="max">The longest delay at all, <paramref name="first"/> or more.</param>
    /// <param name="uniform">A uniform random number in [0, 1), such as <see cref="Random.NextDouble"/> gives.</param>
    /// <returns>A delay in [c/2, c], so never above <paramref name="max"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range, or not a number.</exception>
    public static TimeSpan Delay(int attempt, TimeSpan first, TimeSpan max, double uniform)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(first, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, first);
        // Written so that NaN, which no comparison admits, is refused too.
        if (!(uniform is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(uniform), uniform, "The random number must be in [0, 1).");
        }

        var ceiling = Ceiling(attempt - 1, first.Ticks, max.Ticks);
        var half = ceiling / 2;
        return TimeSpan.FromTicks(ceiling - half + (long)(half * uniform));
    }

    // Compares before it shifts: the product would overflow after some sixty attempts, that is in one bad night.
    private static long Ceiling(int doublings, long first, long max) =>
        doublings >= 63 || first > max >> doublings ? max : first << doublings;
}
