namespace Remanso.Server.Commands.Plan;

/// <summary>A load that somebody describes, where there is no log.</summary>
/// <param name="Keys">How many keys there are.</param>
/// <param name="ReadsPerSecond">Reads a second, on average; their times are random (a Poisson process).</param>
/// <param name="WritesPerSecond">Writes a second, likewise.</param>
/// <param name="Skew">The exponent s of Zipf's law: the n-th most popular key is called in proportion to n^-s; 0: all alike.</param>
/// <param name="ValueBytes">How long a value is.</param>
/// <param name="Duration">For how long.</param>
/// <param name="Seed">The same seed gives the same calls.</param>
internal sealed record DescribedLoad(
    int Keys,
    double ReadsPerSecond,
    double WritesPerSecond,
    double Skew,
    int ValueBytes,
    TimeSpan Duration,
    int Seed
)
{
    /// <summary>Draws the calls.</summary>
    /// <exception cref="UsageException">They would be none, or too many.</exception>
    public Trace Draw()
    {
        var perSecond = ReadsPerSecond + WritesPerSecond;
        var expected = perSecond * Duration.TotalSeconds;
        // Some more than expected may be drawn.
        if (expected > Trace.MostCalls * 0.99)
        {
            throw new UsageException(
                FormattableString.Invariant(
                    $"That would be {expected:0} calls, and at most {Trace.MostCalls} can be replayed: make --duration shorter"
                )
            );
        }

        var random = new Random(Seed);
        var popularity = new Popularity(Keys, Skew, random);
        var calls = new List<TracedCall>((int)expected + 1);
        var names = new List<string>();
        var indexes = new int[Keys];
        var micros = 0.0;
        while (true)
        {
            micros -= Math.Log(1 - random.NextDouble()) / perSecond * 1_000_000;
            if (micros >= Duration.TotalMicroseconds)
            {
                break;
            }

            var rank = popularity.Next();
            if (indexes[rank] == 0)
            {
                names.Add(FormattableString.Invariant($"key:{rank}"));
                indexes[rank] = names.Count;
            }

            var kind = random.NextDouble() * perSecond < ReadsPerSecond ? CallKind.Read : CallKind.Write;
            calls.Add(new TracedCall((long)micros, indexes[rank] - 1, ValueBytes, TracedCall.Unknown, kind));
        }

        return calls.Count == 0
            ? throw new UsageException("That load has no calls: raise --reads, --writes or --duration")
            : Trace.Of(calls, [.. names], ValueBytes);
    }
}
