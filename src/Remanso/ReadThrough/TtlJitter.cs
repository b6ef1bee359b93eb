namespace Remanso.ReadThrough;

/// <summary>
/// Spreads expiries: entries filled at one moment (a deployment, a bulk import) would otherwise expire at one moment
/// too, and reload together for ever. Pure: the randomness is an argument.
/// </summary>
internal static class TtlJitter
{
    /// <summary>The jitter used unless one is set: a TTL varies by up to a fifth in either direction.</summary>
    public const double Default = 0.2;

    /// <summary>
    /// Returns <c>baseTtl × (1 + u)</c>, with u the point that <paramref name="uniform"/> picks in [−jitter, +jitter).
    /// </summary>
    /// <param name="baseTtl">The mean TTL, zero or more.</param>
    /// <param name="jitter">The greatest relative deviation, in [0, 1); 0 returns <paramref name="baseTtl"/>.</param>
    /// <param name="uniform">A uniform random number in [0, 1), such as <see cref="Random.NextDouble"/> gives.</param>
    /// <returns>The TTL to use, at most <see cref="TimeSpan.MaxValue"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range, or not a number.</exception>
    public static TimeSpan Apply(TimeSpan baseTtl, double jitter, double uniform)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(baseTtl, TimeSpan.Zero);
        // Written so that NaN, which no comparison admits, is refused too.
        if (!(jitter is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(jitter), jitter, "The jitter must be in [0, 1).");
        }

        if (!(uniform is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(uniform), uniform, "The random number must be in [0, 1).");
        }

        // The deviation alone goes through floating point, so the base keeps every tick however long it is.
        var deviation = (long)(baseTtl.Ticks * jitter * ((2 * uniform) - 1));
        return deviation > long.MaxValue - baseTtl.Ticks ? TimeSpan.MaxValue : TimeSpan.FromTicks(baseTtl.Ticks + deviation);
    }
}
