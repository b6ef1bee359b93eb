namespace Remanso.Scale.Engine;

/// <summary>How long operations took.</summary>
internal sealed class Latencies
{
    private readonly List<float> _seconds = [];
    private double _limit = double.MaxValue;
    private double _most;
    private int _tooLong;
    private bool _isSorted;

    public int Count => _seconds.Count;

    /// <summary>Whether more took longer than the limit than may.</summary>
    public bool AreTooLong => _tooLong > _most;

    public void Add(double seconds)
    {
        _seconds.Add((float)seconds);
        _tooLong += seconds > _limit ? 1 : 0;
        _isSorted = false;
    }

    /// <summary>Begins anew.</summary>
    /// <param name="limit">How long an operation may take, in seconds.</param>
    /// <param name="most">How many may take longer.</param>
    public void Forget(double limit, double most)
    {
        _seconds.Clear();
        (_limit, _most, _tooLong) = (limit, most, 0);
    }

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
