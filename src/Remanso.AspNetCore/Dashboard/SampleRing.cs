namespace Remanso.AspNetCore.Dashboard;

/// <summary>The last moments of the charts: so many, whatever happens. Of one thread at a time.</summary>
internal sealed class SampleRing(int caches)
{
    private const int MostPoints = 60_000;

    private readonly (long At, CachePoint[]? Points)[] _moments = new (long, CachePoint[]?)[
        Math.Clamp(MostPoints / Math.Max(1, caches), 30, 300)
    ];
    private int _next;
    private int _count;

    /// <summary>How many moments it holds at most.</summary>
    public int Capacity => _moments.Length;

    /// <summary>Adds a moment, in the place of the oldest where it is full.</summary>
    public void Add(long at, CachePoint[] points)
    {
        if (_count > 0 && at < _moments[(_next - 1 + _moments.Length) % _moments.Length].At)
        {
            // The clock was set back: charts have one axis.
            _count = 0;
        }

        _moments[_next] = (at, points);
        _next = (_next + 1) % _moments.Length;
        _count = Math.Min(_count + 1, _moments.Length);
    }

    /// <summary>The sums over some of the caches, oldest first.</summary>
    public List<(long At, CachePoint Sum)> Sums(IReadOnlyList<int> indexes)
    {
        List<(long, CachePoint)> sums = new(_count);
        for (var i = 0; i < _count; i++)
        {
            var (at, points) = _moments[(_next - _count + i + _moments.Length) % _moments.Length];
            CachePoint sum = default;
            foreach (var index in indexes)
            {
                sum += points![index];
            }

            sums.Add((at, sum));
        }

        return sums;
    }
}
