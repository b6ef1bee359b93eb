namespace Remanso.AspNetCore.Security.Audit;

/// <summary>How many records a second may be written; the others are counted.</summary>
internal sealed class RecordBudget(int perSecond, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _second;
    private int _taken;
    private long _omitted;

    /// <summary>Takes one.</summary>
    /// <param name="omitted">How many went without since the last one.</param>
    public bool TryTake(out long omitted)
    {
        var second = time.GetUtcNow().ToUnixTimeSeconds();
        lock (_gate)
        {
            if (second != _second)
            {
                _second = second;
                _taken = 0;
            }

            if (_taken == perSecond)
            {
                _omitted++;
                omitted = 0;
                return false;
            }

            _taken++;
            omitted = _omitted;
            _omitted = 0;
            return true;
        }
    }
}
