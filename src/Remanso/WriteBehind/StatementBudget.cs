namespace Remanso.WriteBehind;

/// <summary>Bounds the statements that a cache spends on entries which the store refuses: 2,000 at once, 200 a second
/// after that. What makes progress, a stored entry or a dead letter, fills it up again.</summary>
internal sealed class StatementBudget(TimeProvider time)
{
    private const double Most = 2000;
    private const double PerSecond = 200;

    private readonly Lock _lock = new();
    private double _left = Most;
    private long _at = time.GetTimestamp();

    /// <summary>Spends a statement that failed; false where none is left, and the next ones have to wait.</summary>
    public bool TrySpend()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _left = Math.Min(Most, _left + (time.GetElapsedTime(_at, now).TotalSeconds * PerSecond));
            _at = now;
            _left--;
            return _left > 0;
        }
    }

    /// <summary>There was progress.</summary>
    public void Refill()
    {
        lock (_lock)
        {
            _left = Most;
        }
    }
}
