namespace Remanso.Fuzz.Engine;

/// <summary>Ends a campaign whose target does not return, and says with which input.</summary>
internal sealed class Watchdog : IDisposable
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(20);

    private readonly Action<byte[]> _hung;
    private readonly ITimer _timer;
    private byte[]? _running;
    private byte[]? _seen;

    public Watchdog(TimeProvider time, Action<byte[]> hung)
    {
        _hung = hung;
        _timer = time.CreateTimer(static watchdog => ((Watchdog)watchdog!).Look(), this, _longest, _longest);
    }

    /// <summary>What runs now.</summary>
    public void Watch(byte[]? input) => Volatile.Write(ref _running, input);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var running = Volatile.Read(ref _running);
        if (running is not null && ReferenceEquals(running, _seen))
        {
            _hung(running);
        }

        _seen = running;
    }
}
