namespace Remanso.Conformance.Support;

/// <summary>Holds whoever passes until it is opened, and tells how many have come.</summary>
public sealed class Gate
{
    // As long as Until has: on a busy machine, whoever comes may have waited for a server first.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _arrivals = new(0);

    public async Task PassAsync(CancellationToken cancellationToken = default)
    {
        _arrivals.Release();
        await _open.Task.WaitAsync(cancellationToken);
    }

    public void Open() => _open.TrySetResult();

    public async Task ArrivedAsync(int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            if (!await _arrivals.WaitAsync(_patience))
            {
                throw new TimeoutException($"Only {i} of {count} came to the gate.");
            }
        }
    }
}
