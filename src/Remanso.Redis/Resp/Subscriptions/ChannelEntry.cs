namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>A channel that a line is, or is to be, subscribed to, and for whom. Guarded by its line.</summary>
internal sealed class ChannelEntry(RedisChannel channel)
{
    // A state that passes in seconds (a cluster that is down, a file that is loaded), and one that somebody has to change.
    private static readonly TimeSpan _firstOfPassing = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _longestOfPassing = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(1);

    private int _refusals;
    private int _retryAt;

    public RedisChannel Channel => channel;

    /// <summary>Replaced, never changed, so that a delivery on its way keeps the array it has.</summary>
    public Subscription[] Subscriptions { get; set; } = [];

    /// <summary>The server has confirmed, on the present connection.</summary>
    public bool IsLive { get; private set; }

    /// <summary>The server has refused it, and not confirmed it since.</summary>
    public bool IsRefused => _refusals > 0;

    /// <summary>Whether it is to be asked for again at this tick: after each refusal later than after the one before.</summary>
    public bool IsDueAt(int now) => !IsLive && (!IsRefused || now - _retryAt >= 0);

    /// <summary>It is being asked for, and need not be again until this tick.</summary>
    public void Ask(int until) => _retryAt = until;

    public void Confirm()
    {
        IsLive = true;
        _refusals = 0;
    }

    public void Lose() => IsLive = false;

    public void Refuse(bool isPassing, Heartbeat heartbeat)
    {
        var (first, longest) = isPassing ? (_firstOfPassing, _longestOfPassing) : (_first, _longest);
        var pause = first * Math.Pow(2, Math.Min(_refusals++, 20));
        _retryAt = heartbeat.After(pause < longest ? pause : longest);
    }

    public string Subscribe =>
        channel.Kind switch
        {
            RedisChannelKind.Pattern => "PSUBSCRIBE",
            RedisChannelKind.Sharded => "SSUBSCRIBE",
            _ => "SUBSCRIBE",
        };

    public string Unsubscribe =>
        channel.Kind switch
        {
            RedisChannelKind.Pattern => "PUNSUBSCRIBE",
            RedisChannelKind.Sharded => "SUNSUBSCRIBE",
            _ => "UNSUBSCRIBE",
        };
}
