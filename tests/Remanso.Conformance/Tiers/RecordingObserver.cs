using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Writes down what it hears, one line a signal, and lets a test wait for a line.</summary>
public sealed class RecordingObserver : ITierObserver
{
    private readonly Lock _gate = new();
    private readonly List<string> _heard = [];
    private TaskCompletionSource _more = NewSignal();

    public IReadOnlyList<string> Heard
    {
        get
        {
            lock (_gate)
            {
                return [.. _heard];
            }
        }
    }

    /// <summary>Completes once this line was heard; fails after 10 s with what was heard instead.</summary>
    public async Task HeardAsync(string line)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_heard.Contains(line, StringComparer.Ordinal))
                {
                    return;
                }

                more = _more.Task;
            }

            try
            {
                await more.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"Heard no \"{line}\", only: {string.Join("; ", Heard)}");
            }
        }
    }

    public void OnChanged(string key, long version) => Note($"changed {key} {version}");

    public void OnCleared() => Note("cleared");

    public void OnTagRemoved(string tag) => Note($"tag removed {tag}");

    public void OnSuperseded(string key, long version, long winner) => Note($"superseded {key} {version} {winner}");

    public void OnStored(string key, long version) => Note($"stored {key} {version}");

    public void OnDeadLettered(string key, long version, string error) => Note($"dead {key} {version} {error}");

    public void OnFlushWanted(bool isUrgent, int? partition) => Note(isUrgent ? "flush wanted at once" : "flush wanted");

    public void OnMissed() => Note("missed");

    public void OnLost() => Note("lost");

    public void OnRestored() => Note("restored");

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Note(string line)
    {
        lock (_gate)
        {
            _heard.Add(line);
            _more.TrySetResult();
            _more = NewSignal();
        }
    }
}
