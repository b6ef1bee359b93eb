namespace Remanso.Scale.Engine;

/// <summary>A machine with some cores; jobs that find none free wait in their order.</summary>
/// <param name="loop">Its time.</param>
/// <param name="cores">How many jobs run at once.</param>
internal sealed class Machine(EventLoop loop, int cores)
{
    private readonly Queue<(double Seconds, Action Done)> _ready = new();
    private int _running;

    public int Cores => cores;

    /// <summary>Takes a core for some seconds.</summary>
    public void Run(double seconds, Action done)
    {
        if (_running == cores)
        {
            _ready.Enqueue((seconds, done));
            return;
        }

        _running++;
        loop.After(seconds, () => End(done));
    }

    private void End(Action done)
    {
        _running--;
        if (_ready.TryDequeue(out var next))
        {
            Run(next.Seconds, next.Done);
        }

        done();
    }
}
