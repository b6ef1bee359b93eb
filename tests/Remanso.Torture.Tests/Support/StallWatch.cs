namespace Remanso.Torture.Tests.Support;

/// <summary>Measures for how long a thread that only sleeps did not come to its turn: what ran out by the clock meanwhile is the
/// machine's fault, and a failure that tells this need not be guessed at.</summary>
internal sealed class StallWatch : IDisposable
{
    private static readonly TimeSpan _sleep = TimeSpan.FromMilliseconds(10);

    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread _thread;
    private TimeSpan _longest;

    public StallWatch()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "stall watch" };
        _thread.Start();
    }

    /// <summary>Ends it.</summary>
    /// <returns>The longest sleep, beyond what was asked for.</returns>
    public TimeSpan End()
    {
        _ended.Set();
        _thread.Join();
        return _longest;
    }

    public void Dispose()
    {
        End();
        _ended.Dispose();
    }

    private void Run()
    {
        var isOver = false;
        while (!isOver)
        {
            var start = TimeProvider.System.GetTimestamp();
            isOver = _ended.Wait(_sleep);
            var late = TimeProvider.System.GetElapsedTime(start) - _sleep;
            _longest = late > _longest ? late : _longest;
        }
    }
}
