namespace Remanso.Scale.Engine;

/// <summary>A program on a machine, which uses at most some of its cores at once.</summary>
/// <param name="loop">Its time.</param>
/// <param name="name">What it is called in results.</param>
/// <param name="machine">Where it runs.</param>
/// <param name="most">How many of its jobs run at once.</param>
internal sealed class Station(EventLoop loop, string name, Machine machine, int most)
{
    private readonly Queue<(double Seconds, Action Done)> _waiting = new();
    private int _running;
    private double _busy;
    private double _since;

    public string Name => name;

    /// <summary>The part of what it could have worked since <see cref="Forget"/>.</summary>
    public double Utilisation => _busy / ((loop.Now - _since) * Math.Min(most, machine.Cores));

    public void Forget() => (_busy, _since) = (0, loop.Now);

    /// <summary>Does a job of so many seconds, in its turn.</summary>
    public void Run(double seconds, Action done)
    {
        if (_running == most)
        {
            _waiting.Enqueue((seconds, done));
            return;
        }

        _running++;
        machine.Run(seconds, () =>
        {
            _running--;
            _busy += seconds;
            if (_waiting.TryDequeue(out var next))
            {
                Run(next.Seconds, next.Done);
            }

            done();
        });
    }
}
