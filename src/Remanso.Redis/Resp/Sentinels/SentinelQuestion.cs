namespace Remanso.Redis.Resp.Sentinels;

/// <summary>Who the master is, asked of all sentinels at once.</summary>
/// <param name="number">Higher for a later one.</param>
internal sealed class SentinelQuestion(long number)
{
    private volatile bool _isOver;

    /// <summary>Higher for a later one.</summary>
    public long Number => number;

    /// <summary>Whether nobody waits for answers any more.</summary>
    public bool IsOver => _isOver;

    /// <summary>The answers are counted from now on.</summary>
    public void End() => _isOver = true;
}
