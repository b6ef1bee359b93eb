namespace Remanso.Redis.Tier;

/// <summary>Passes what the scripts publish to the observers, and wakes those who wait for a fill. The first byte of a
/// message says what it is; versions are doubles and lengths 32-bit integers, both little-endian, and what has no
/// length goes on to the end.</summary>
/// <remarks>
/// <code>
/// c VERSION KEY                   written, invalidated (0) or superseded; on the channel of changes
/// r VERSION KEY                   deleted, likewise
/// m (c|r VERSION LENGTH KEY)...   many of these, of one call
/// f KEY                           its fill lease ended, and somebody waits for that
/// s (VERSION LENGTH KEY)...       the store has them; a version below 0 was superseded, by the VERSION behind its KEY
/// d VERSION LENGTH KEY ERROR      the store refused it
/// a                               the partition was cleared
/// t TAG                           the partition's entries with the tag were removed
/// w                               a flush is wanted
/// u                               a flush is wanted, and somebody waits for it
/// </code>
/// <para>Each partition has two channels, and the calls for all of them come one at a time. After a gap the observers are
/// told once per channel; what they do then is idempotent. That signals are being lost they are told once, with the first
/// channel, and that all come again with the last.</para>
/// </remarks>
/// <param name="refused">Is told once of a channel that the server refuses.</param>
internal sealed class TierSignals(Action<string>? refused = null) : IRedisSubscriber
{
    private volatile Refusal? _refusal;
    private int _lost;

    /// <summary>Which channel the server refuses, though it had confirmed it, and why; null while it refuses none. The scripts
    /// publish as the same user, so nothing can be written then.</summary>
    public string? Problem => _refusal is { IsOfChannel: true } refusal ? refusal.Text : null;

    /// <summary>The same where subscribing is refused, and not the channel: what is published is not heard, and all else
    /// works.</summary>
    public string? Warning => _refusal is { IsOfChannel: false } refusal ? refusal.Text : null;

    /// <summary>Who hears the signals.</summary>
    public TierObservers Observers { get; } = new();

    /// <summary>Who waits for a fill.</summary>
    public FillWaiters Waiters { get; } = new();

    public void OnMessage(in RedisMessage message)
    {
        var reader = new SignalReader(message.Payload);
        switch (reader.ReadKind())
        {
            case 'c':
                Changed(reader.ReadVersion(), reader.ReadRest());
                break;
            case 'r':
                Removed(reader.ReadVersion(), reader.ReadRest());
                break;
            case 'm':
                while (!reader.IsAtEnd)
                {
                    ChangedOrRemoved(ref reader);
                }

                break;
            case 'f':
                Waiters.Wake(reader.ReadRest());
                break;
            case 's' when !Observers.All.IsEmpty:
                while (!reader.IsAtEnd)
                {
                    Stored(ref reader);
                }

                break;
            case 'd':
                DeadLettered(reader.ReadVersion(), reader.ReadKey(), reader.ReadRest());
                break;
            case 'a':
                Waiters.WakeAll();
                foreach (var observer in Observers.All)
                {
                    observer.OnCleared();
                }

                break;
            case 't':
                TagRemoved(reader.ReadRest());
                break;
            case 'w':
                FlushWanted(isUrgent: false, message.Channel);
                break;
            case 'u':
                FlushWanted(isUrgent: true, message.Channel);
                break;
            default:
                // A newer version of this program shares the server.
                break;
        }
    }

    public void OnLost(Exception reason)
    {
        Waiters.WakeAll();
        if (_lost++ > 0)
        {
            return;
        }

        foreach (var observer in Observers.All)
        {
            observer.OnLost();
        }
    }

    public void OnRefused(RedisChannel channel, Exception reason)
    {
        // All versions of Redis and Valkey say "to access" of a channel, and "to run" of a command. The word channel alone may be
        // in the user's name, which has no blanks.
        var isOfChannel =
            reason.Message.Contains("permissions to access", StringComparison.OrdinalIgnoreCase)
            && reason.Message.Contains("channel", StringComparison.OrdinalIgnoreCase);
        if (_refusal is null || (isOfChannel && !_refusal.IsOfChannel))
        {
            var so = isOfChannel ? "so it takes no writes" : "so it hears less than it needs";
            _refusal = new Refusal($"Redis refuses its channel {channel.Name}, {so}: {reason.Message}", isOfChannel);
            refused?.Invoke(_refusal.Text);
        }
    }

    public void OnRestored()
    {
        Waiters.WakeAll();
        if (--_lost == 0)
        {
            _refusal = null;
        }

        foreach (var observer in Observers.All)
        {
            observer.OnMissed();
            if (_lost == 0)
            {
                observer.OnRestored();
            }
        }
    }

    private void FlushWanted(bool isUrgent, string channel)
    {
        var partition = PartitionKeys.IndexOf(channel);
        foreach (var observer in Observers.All)
        {
            observer.OnFlushWanted(isUrgent, partition);
        }
    }

    private void Changed(long version, string key)
    {
        foreach (var observer in Observers.All)
        {
            observer.OnChanged(key, version);
        }
    }

    private void Removed(long version, string key)
    {
        foreach (var observer in Observers.All)
        {
            observer.OnRemoved(key, version);
        }
    }

    private void ChangedOrRemoved(ref SignalReader reader)
    {
        var isRemoval = reader.ReadKind() == 'r';
        var (version, key) = (reader.ReadVersion(), reader.ReadKey());
        if (isRemoval)
        {
            Removed(version, key);
        }
        else
        {
            Changed(version, key);
        }
    }

    private void TagRemoved(string tag)
    {
        foreach (var observer in Observers.All)
        {
            observer.OnTagRemoved(tag);
        }
    }

    private void Stored(ref SignalReader reader)
    {
        var (version, key) = (reader.ReadVersion(), reader.ReadKey());
        var winner = version < 0 ? reader.ReadVersion() : 0;
        foreach (var observer in Observers.All)
        {
            if (winner == 0)
            {
                observer.OnStored(key, version);
            }
            else
            {
                observer.OnSuperseded(key, -version, winner);
            }
        }
    }

    private void DeadLettered(long version, string key, string error)
    {
        foreach (var observer in Observers.All)
        {
            observer.OnDeadLettered(key, version, error);
        }
    }

    private sealed record Refusal(string Text, bool IsOfChannel);
}
