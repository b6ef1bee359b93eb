namespace Remanso.Tiers.Memory;

/// <summary>The processes that said they are there, when, and until when they are remembered.</summary>
internal sealed class ProcessRoster
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (string Card, long At, long Until)> _known = new(StringComparer.Ordinal);

    internal void Register(string process, string card, long now, TimeSpan keep)
    {
        lock (_gate)
        {
            Forget(now);
            _known[process] = (card, now, TierClock.After(now, keep));
            if (_known.Count > RegisteredProcess.Most)
            {
                _known.Remove(_known.MinBy(static one => one.Value.Until).Key);
            }
        }
    }

    internal void Unregister(string process)
    {
        lock (_gate)
        {
            _known.Remove(process);
        }
    }

    internal RegisteredProcess[] List(long now)
    {
        lock (_gate)
        {
            Forget(now);
            return [.. _known.Select(one => new RegisteredProcess(one.Key, one.Value.Card, TimeSpan.FromMicroseconds(now - one.Value.At)))];
        }
    }

    private void Forget(long now)
    {
        foreach (var process in _known.Where(one => now >= one.Value.Until).Select(static one => one.Key).ToArray())
        {
            _known.Remove(process);
        }
    }
}
