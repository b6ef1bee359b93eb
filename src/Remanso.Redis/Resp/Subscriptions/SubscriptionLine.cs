using System.Text;

namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>
/// The connection for subscriptions at one server, with the channels subscribed to on it. After a reconnect it
/// subscribes to all of them again.
/// </summary>
internal sealed class SubscriptionLine : IPushReceiver, ILinkObserver, IAsyncDisposable
{
    private readonly Heartbeat _heartbeat;
    private readonly TimeSpan _patience;
    private readonly Action _topologyChanged;
    private readonly Lock _gate = new();
    private readonly Dictionary<RedisChannel, ChannelEntry> _entries = [];
    private readonly DeliveryPump _pump;

    public SubscriptionLine(
        RespLink leader,
        RedisOptions options,
        TimeProvider time,
        DeliveryPump pump,
        Heartbeat heartbeat,
        Action topologyChanged
    )
    {
        _pump = pump;
        _heartbeat = heartbeat;
        _patience = options.Timings.CommandTimeout;
        _topologyChanged = topologyChanged;
        Link = new(leader.EndPoint, options, time, this, this) { Leader = leader };
        Link.Start();
    }

    public RespLink Link { get; }

    public void Add(Subscription subscription)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(subscription.Channel, out var entry))
            {
                _entries[subscription.Channel] = entry = new(subscription.Channel);
            }
            entry.Subscriptions = [.. entry.Subscriptions, subscription];
            if (entry.IsLive)
            {
                _pump.Confirmed([subscription]);
            }
            else if ((entry.Subscriptions.Length == 1 || entry.IsRefused) && Link.Connection is { } connection)
            {
                _ = SendAsync(connection, entry, entry.Subscribe);
            }
        }
    }

    /// <summary>Takes a subscription off.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="moves">Why it goes on elsewhere, which its subscriber is told; null when it ends.</param>
    public void Remove(Subscription subscription, Exception? moves)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(subscription.Channel, out var entry))
            {
                return;
            }
            entry.Subscriptions = [.. entry.Subscriptions.Where(s => s != subscription)];
            if (moves is not null)
            {
                _pump.Lost([subscription], moves);
            }
            if (entry.Subscriptions.Length == 0)
            {
                _entries.Remove(subscription.Channel);
                if (Link.Connection is { } connection)
                {
                    _ = SendAsync(connection, entry, entry.Unsubscribe);
                }
            }
        }
    }

    /// <summary>Subscribes anew to what the server has ended, and to what it has refused once that is due.</summary>
    public void Retry()
    {
        lock (_gate)
        {
            if (Link.Connection is { } connection)
            {
                Subscribe(connection, _entries.Values.Where(entry => entry.IsDueAt(_heartbeat.Now)));
            }
        }
    }

    /// <summary>Subscribes anew to what was refused, once that is due.</summary>
    public void Sweep(int now)
    {
        lock (_gate)
        {
            if (Link.Connection is { } connection)
            {
                Subscribe(connection, _entries.Values.Where(entry => entry.IsRefused && entry.IsDueAt(now)));
            }
        }
    }

    /// <summary>Says something, so that a silent loss of the connection is noticed.</summary>
    public void Ping()
    {
        if (Link.Connection is { } connection)
        {
            var ping = RespCommand<bool>.Rent(Replies.Done);
            ping.Append(["PING"]);
            ping.Arm(_heartbeat.After(_patience), default);
            _ = Observe(ping.Task);
            if (!connection.TrySubmit(ping) && ping.TryClaim())
            {
                Turns.Wake(ping);
            }
        }

        static async Task Observe(ValueTask<bool> ping)
        {
            try
            {
                await ping.ConfigureAwait(false);
            }
            catch (RedisException)
            {
                // A silent server is noticed by the link.
            }
        }
    }

    public bool OnPush(ref RespReader push, RespCommand? oldest)
    {
        var fields = push.ReadArrayHeader();
        var kind = push.ReadBytes();
        if (kind.SequenceEqual("message"u8) && fields >= 3)
        {
            OnMessage(RedisChannelKind.Literal, Text(ref push), ref push);
        }
        else if (kind.SequenceEqual("smessage"u8) && fields >= 3)
        {
            OnMessage(RedisChannelKind.Sharded, Text(ref push), ref push);
        }
        else if (kind.SequenceEqual("pmessage"u8) && fields >= 4)
        {
            OnMessage(RedisChannelKind.Pattern, Text(ref push), ref push);
        }
        else if (kind.EndsWith("subscribe"u8) && fields >= 2)
        {
            return OnConfirmation(Encoding.ASCII.GetString(kind), Text(ref push), oldest);
        }
        return false;
    }

    public void OnConnected(RespLink link)
    {
        // It may have ended already: then the next one subscribes.
        if (link.Connection is not { } connection)
        {
            return;
        }
        lock (_gate)
        {
            Subscribe(connection, _entries.Values.Where(static entry => !entry.IsLive));
        }
    }

    public void OnDisconnected(RespLink link, Exception reason)
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Values)
            {
                entry.Lose();
                _pump.Lost(entry.Subscriptions, reason);
            }
        }
        _topologyChanged();
    }

    public ValueTask DisposeAsync() => Link.DisposeAsync();

    private static string Text(ref RespReader push) => Encoding.UTF8.GetString(push.ReadBytes());

    private void Subscribe(RespConnection connection, IEnumerable<ChannelEntry> entries)
    {
        using var batch = WriteBatch.Begin();
        foreach (var entry in entries)
        {
            entry.Ask(_heartbeat.After(_patience));
            _ = SendAsync(connection, entry, entry.Subscribe);
        }
    }

    private void OnMessage(RedisChannelKind kind, string subscribed, ref RespReader push)
    {
        var channel = kind == RedisChannelKind.Pattern ? Text(ref push) : subscribed;
        lock (_gate)
        {
            if (!_entries.TryGetValue(new(kind, subscribed), out var entry))
            {
                return;
            }
            _pump.Message(entry.Subscriptions, new(channel, push.ReadBytes().ToArray()));
        }
    }

    /// <summary>True when it answers the oldest command. Queued here, on the reader, so that it stands before the first
    /// message that follows it.</summary>
    private bool OnConfirmation(string verb, string name, RespCommand? oldest)
    {
        var kind = verb switch
        {
            "psubscribe" or "punsubscribe" => RedisChannelKind.Pattern,
            "ssubscribe" or "sunsubscribe" => RedisChannelKind.Sharded,
            _ => RedisChannelKind.Literal,
        };
        var isAnswer =
            oldest is { Arguments: [var command, var argument] }
            && string.Equals(command.Text, verb, StringComparison.OrdinalIgnoreCase)
            && string.Equals(argument.Text, name, StringComparison.Ordinal);
        lock (_gate)
        {
            if (!_entries.TryGetValue(new(kind, name), out var entry))
            {
                return isAnswer;
            }
            if (!verb.EndsWith("unsubscribe", StringComparison.Ordinal))
            {
                entry.Confirm();
                _pump.Confirmed(entry.Subscriptions);
            }
            else if (!isAnswer)
            {
                // The slot has gone to another node, and the server has ended the subscription.
                entry.Lose();
                _pump.Lost(entry.Subscriptions, new IOException("The channel's slot has moved."));
                _topologyChanged();
            }
        }
        return isAnswer;
    }

    private async Task SendAsync(RespConnection connection, ChannelEntry entry, string verb)
    {
        var command = RespCommand<bool>.Rent(static (ref reply) => true);
        command.Append([verb, entry.Channel.Name]);
        command.Arm(_heartbeat.After(_patience), default);
        var reply = command.Task;
        if (!connection.TrySubmit(command))
        {
            return; // The link is about to tell.
        }
        try
        {
            await reply.ConfigureAwait(false);
        }
        catch (RedisServerException error)
        {
            OnRefused(entry, error);
        }
        catch (RedisException error)
        {
            // Lost, or as good as lost: the next connection starts afresh.
            connection.Fail(error);
        }
    }

    // Asked for again by the heartbeat, and not whenever the topology is known anew: else the two would go round together.
    private void OnRefused(ChannelEntry entry, RedisServerException error)
    {
        lock (_gate)
        {
            if (error.Code != "MOVED")
            {
                entry.Refuse(error.IsTransient, _heartbeat);
            }
            if (!error.IsTransient)
            {
                _pump.Refused(entry.Subscriptions, error);
            }
        }
        if (error.IsTransient)
        {
            _topologyChanged();
        }
    }
}
