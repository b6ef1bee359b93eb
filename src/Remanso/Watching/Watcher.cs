using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Remanso.Watching;

/// <summary>One watcher's wishes, and the changes that wait for it.</summary>
internal sealed class Watcher(IReadOnlySet<string>? keys, string? prefix, int buffer)
{
    private readonly Channel<Told> _told = Channel.CreateBounded<Told>(
        new BoundedChannelOptions(buffer) { SingleReader = true, SingleWriter = true }
    );
    private TierChange _last;
    private int _isSlow;

    /// <summary>The only keys that it wants; null where it does not go by keys.</summary>
    public IReadOnlySet<string>? Keys => keys;

    /// <summary>With what the keys that it wants begin; null where it does not matter.</summary>
    public string? Prefix => prefix;

    /// <summary>Whether it wants this change.</summary>
    public bool Wants(in TierChange change) =>
        !change.HasKey
        || keys?.Contains(change.Text!) != false && (prefix is null || change.Text!.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Tells it, now or as soon as it asks. One call at a time.</summary>
    public void Tell(in TierChange change, WatchPosition position)
    {
        // Of what comes from each partition, once is enough for a watcher that has not even seen it.
        if (!change.HasKey && change == _last && _told.Reader.Count > 0)
        {
            return;
        }

        _last = change;
        if (!_told.Writer.TryWrite(new Told(change, position)))
        {
            Volatile.Write(ref _isSlow, 1);
            // Where the watcher has emptied its buffer meanwhile, it has to be woken for that.
            _told.Writer.TryWrite(new Told(new(CacheChangeKind.Gap, Gap: WatchGap.Slow), position));
        }
    }

    /// <summary>Nothing is told any more.</summary>
    public void End() => _told.Writer.TryComplete();

    /// <summary>What it is told, until the end.</summary>
    public async IAsyncEnumerable<Told> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _told.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_told.Reader.TryRead(out var told))
            {
                if (Interlocked.Exchange(ref _isSlow, 0) != 0)
                {
                    // What waits is from before the gap, as far as anybody can tell.
                    while (_told.Reader.TryRead(out var later))
                    {
                        told = later;
                    }

                    told = told with { Change = new(CacheChangeKind.Gap, Gap: WatchGap.Slow) };
                }

                yield return told;
            }
        }
    }

    /// <summary>A change, and where the watch stands after it.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Told(TierChange Change, WatchPosition Position);
}
