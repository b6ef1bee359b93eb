namespace Remanso.ReadThrough;

// Source: A. Vattani, F. Chierichetti, K. Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", PVLDB 8(8),
// 2015, algorithm 2 and theorem 4: the exponential distribution, used here, is the optimal one.

/// <summary>
/// XFetch: each reader of an entry decides alone, at random, whether to refresh it before it expires, the likelier the
/// nearer the expiry and the slower the load. A hot entry is so refreshed by about one of its readers while the others
/// go on being served, without any coordination. Pure: the clock and the randomness are arguments.
/// </summary>
internal static class EarlyRefresh
{
    /// <summary>The β of the paper: 1. More refreshes earlier, less later; 0 turns early refresh off.</summary>
    public const double DefaultBeta = 1;

    // The smallest non-zero value of Random.NextDouble.
    private const double SmallestUniform = 1.0 / (1L << 53);

    /// <summary>
    /// Tells whether this reader should refresh now: <c>now − load × β × ln(uniform) ≥ expiry</c>. Always true from
    /// the expiry on.
    /// </summary>
    /// <param name="nowMicros">The time of the read, in microseconds.</param>
    /// <param name="expiryMicros">When the entry expires, in microseconds since the same origin.</param>
    /// <param name="loadMicros">δ: how long the entry's last load took, in microseconds, zero or more.</param>
    /// <param name="beta">β: zero or more, finite; see <see cref="DefaultBeta"/>.</param>
    /// <param name="uniform">
    /// A uniform random number in (0, 1]. 0, which <see cref="Random.NextDouble"/> may give, is taken as the smallest
    /// number above it: its logarithm would refresh every entry, however far its expiry.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range, or not a number.</exception>
    public static bool ShouldRefresh(long nowMicros, long expiryMicros, long loadMicros, double beta, double uniform)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(loadMicros);
        // Written so that NaN, which no comparison admits, is refused too.
        if (!(beta is >= 0 and < double.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(beta), beta, "Beta must be zero or more, and finite.");
        }

        if (!(uniform is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(uniform), uniform, "The random number must be in (0, 1].");
        }

        if (nowMicros >= expiryMicros)
        {
            return true;
        }

        // Unsigned, because the distance of two longs may exceed a long.
        var remaining = unchecked((ulong)expiryMicros - (ulong)nowMicros);
        return loadMicros * beta * -Math.Log(Math.Max(uniform, SmallestUniform)) >= remaining;
    }
}
