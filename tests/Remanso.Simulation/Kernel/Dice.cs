namespace Remanso.Simulation.Kernel;

/// <summary>Random numbers that a seed determines, on any machine and runtime: SplitMix64.</summary>
/// <seealso href="https://doi.org/10.1145/2714064.2660195">Steele, Lea, Flood: Fast splittable pseudorandom number generators.</seealso>
internal sealed class Dice(ulong seed) : Random(0)
{
    private ulong _state = seed;

    /// <summary>True with a probability.</summary>
    public bool Is(double probability) => probability > 0 && NextDouble() < probability;

    /// <summary>One of them.</summary>
    public TItem Pick<TItem>(IReadOnlyList<TItem> items) => items[Next(items.Count)];

    /// <summary>A time up to a longest one; short ones are likelier, as they are on networks and disks.</summary>
    public TimeSpan Wait(TimeSpan longest)
    {
        var part = NextDouble();
        return TimeSpan.FromTicks((long)(longest.Ticks * part * part));
    }

    /// <summary>Dice of their own for a part, so that what the part throws changes nothing elsewhere.</summary>
    public Dice Split() => new(NextUInt64());

    public ulong NextUInt64()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    public override double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    public override int Next(int maxValue) => (int)(NextDouble() * maxValue);

    public override int Next(int minValue, int maxValue) => minValue + Next(maxValue - minValue);

    protected override double Sample() => NextDouble();
}
