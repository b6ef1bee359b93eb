namespace Remanso.Scale.Engine;

/// <summary>How long operations took.</summary>
internal sealed class Latencies
{
    private readonly List<float> _seconds = [];
    private bool _isSorted;

    public int Count => _seconds.Count;

    public void Add(double seconds)
    {
        _seconds.Add((float)seconds);
        _isSorted = false;
    }

    public void Forget() => _seconds.Clear();

    /// <summary>What so many of a hundred took at most, in seconds; 0 where there were none.</summary>
    public double Percentile(double percent)
    {
        if (!_isSorted)
        {
            _seconds.Sort();
            _isSorted = true;
        }

        return _seconds.Count == 0 ? 0 : _seconds[Math.Min(_seconds.Count - 1, (int)(_seconds.Count * percent / 100))];
    }
}
