using System.Text;

namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>
/// The connection for subscriptions at one server, with the channels subscribed to on it. After a reconnect it
/// subscribes to all of them again.
/// </summary>
internal sealed class SubscriptionLine : IPushReceiver, ILinkObserver, IAsyncDisposable
{
    private readonly Func<int> _deadline;
    private readonly Action _topologyChanged;
    private readonly Lock _gate = new();
    private readonly Dictionary<RedisChannel, ChannelEntry> _entries = [];
    private readonly DeliveryPump _pump;

    public SubscriptionLine(
        RedisEndPoint endPoint,
        RedisOptions options,
        TimeProvider time,
        DeliveryPump pump,
        Func<int> deadline,
        Action topologyChanged
    )
    {
        _pump = pump;
        _deadline = deadline;
        _topologyChanged = topologyChanged;
        Link = new(endPoint, options, time, this, this) { WantsMaster = true };
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
            else if (entry.Subscriptions.Length == 1 && Link.Connection is { } connection)
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

    /// <summary>Subscribes anew to what the server has refused or ended.</summary>
    public void Retry()
    {
        lock (_gate)
        {
            if (Link.Connection is { } connection)
            {
                SubscribeAll(connection);
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
            ping.Arm(_deadline(), default);
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
            SubscribeAll(connection);
        }
    }

    public void OnDisconnected(RespLink link, Exception reason)
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Values)
            {
                entry.IsLive = false;
                _pump.Lost(entry.Subscriptions, reason);
            }
        }
        _topologyChanged();
    }

    public ValueTask DisposeAsync() => Link.DisposeAsync();

    private static string Text(ref RespReader push) => Encoding.UTF8.GetString(push.ReadBytes());

    private void SubscribeAll(RespConnection connection)
    {
        using var batch = WriteBatch.Begin();
        foreach (var entry in _entries.Values)
        {
            if (!entry.IsLive)
            {
                _ = SendAsync(connection, entry, entry.Subscribe);
            }
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
                entry.IsLive = true;
                _pump.Confirmed(entry.Subscriptions);
            }
            else if (!isAnswer)
            {
                // The slot has gone to another node, and the server has ended the subscription.
                entry.IsLive = false;
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
        command.Arm(_deadline(), default);
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
            Subscription[] subscriptions;
            lock (_gate)
            {
                subscriptions = entry.Subscriptions;
            }
            if (error.Code is not ("MOVED" or "CLUSTERDOWN" or "LOADING"))
            {
                Array.ForEach(subscriptions, s => s.TryRefuse(error));
            }
            _topologyChanged();
        }
        catch (RedisException error)
        {
            // Lost, or as good as lost: the next connection starts afresh.
            connection.Fail(error);
        }
    }
}
