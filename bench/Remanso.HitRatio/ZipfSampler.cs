namespace Remanso.HitRatio;

/// <summary>Draws keys 0, 1, 2, … with probability proportional to 1, 1/2^s, 1/3^s, …</summary>
internal sealed class ZipfSampler
{
    private readonly double[] _cumulative;
    private readonly Random _random;

    internal ZipfSampler(int keys, double exponent, int seed)
    {
        _random = new Random(seed);
        _cumulative = new double[keys];
        var sum = 0.0;
        for (var rank = 1; rank <= keys; rank++)
        {
            _cumulative[rank - 1] = sum += Math.Pow(rank, -exponent);
        }
    }

    internal int Next()
    {
        var found = Array.BinarySearch(_cumulative, _random.NextDouble() * _cumulative[^1]);
        return Math.Min(found >= 0 ? found : ~found, _cumulative.Length - 1);
    }
}
