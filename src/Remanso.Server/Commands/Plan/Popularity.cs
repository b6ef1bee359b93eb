namespace Remanso.Server.Commands.Plan;

/// <summary>Draws the ranks 0, 1, 2, … with probability proportional to 1, 1/2^s, 1/3^s, …: Zipf's law.</summary>
internal sealed class Popularity
{
    private readonly double[] _cumulative;
    private readonly Random _random;

    public Popularity(int ranks, double skew, Random random)
    {
        _random = random;
        _cumulative = new double[ranks];
        var sum = 0.0;
        for (var rank = 0; rank < ranks; rank++)
        {
            _cumulative[rank] = sum += Math.Pow(rank + 1, -skew);
        }
    }

    public int Next()
    {
        var found = Array.BinarySearch(_cumulative, _random.NextDouble() * _cumulative[^1]);
        return Math.Min(found >= 0 ? found : ~found, _cumulative.Length - 1);
    }
}
