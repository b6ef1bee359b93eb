namespace Remanso.AspNetCore.Http.Limits;

/// <summary>Ends a body or an answer that takes too long: who moves a MiB a second, and soon begins, always has the time.</summary>
internal sealed class TransferDeadline : IDisposable
{
    private const double BytesPerSecond = 1 << 20;

    private readonly TransferLimits _limits;
    private readonly CancellationTokenSource _source;
    private readonly long _began;
    private long _moved;

    public TransferDeadline(TransferLimits limits)
    {
        _limits = limits;
        _began = limits.Time.GetTimestamp();
        _source = new CancellationTokenSource(limits.Timeout, limits.Time);
    }

    /// <summary>Cancelled at the deadline.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Notes that bytes were transferred.</summary>
    public void Moved(long bytes)
    {
        _moved += bytes;
        var left = _limits.Timeout + TimeSpan.FromSeconds(_moved / BytesPerSecond) - _limits.Time.GetElapsedTime(_began);
        if (left > TimeSpan.Zero)
        {
            _source.CancelAfter(left);
        }
        else
        {
            _source.Cancel();
        }
    }

    public void Dispose() => _source.Dispose();
}
