using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Entries;
using Remanso.Redis;
using Remanso.Redis.Resp.Protocol;
using Remanso.Redis.Resp.Subscriptions;
using Remanso.Redis.Scripts;
using Remanso.Redis.Tier;
using Remanso.Simulation.World;
using Remanso.Tiers;

namespace Remanso.Simulation.Redis;

// A real server in a simulated world. Nothing waits for it: a command is sent and answered within the event that is its
// delivery, by a connection that blocks, and the server's clock is set to that event's time before. So the scripts run in
// the order that the seed draws, and everything that Redis does with time follows the world's.
//
// It never restarts: where a world's server comes back with less than it had, this one gets the contents and another
// replication id, by which processes tell that it is another.

/// <summary>The shared tier as it is on Redis.</summary>
internal sealed class RedisTierServer : ITierServer
{
    private readonly SimKernel _kernel;
    private readonly RealRedis _redis;
    private readonly SimTime _time;
    private readonly CacheKeys _keys;
    private readonly DirectCaller _direct;
    private readonly DeadLetterStep _deadLetters;
    private readonly List<RedisLink> _links = [];
    private readonly List<RedisMessage> _heard = [];
    private readonly SortedDictionary<string, CacheEntry?> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Key, long Version), CacheEntry> _dirty = [];
    private IReadOnlyList<(byte[] Name, long ExpiresAt, byte[] Dump)> _copy = [];
    private bool _isSeen;

    public RedisTierServer(SimKernel kernel, RealRedis redis, TierOptions options)
    {
        (_kernel, _redis) = (kernel, redis);
        Host = new Host("tier");
        _time = new SimTime(kernel, Host);
        _direct = new DirectCaller(this);
        var context = new TierContext("sim", options, new RedisConnection(RedisLink.Prefix, _time, NullLogger.Instance, _ => _direct));
        context.Calls.Open();
        _keys = context.Keys;
        _deadLetters = new DeadLetterStep(context);
        _redis.Reset(_time.GetUtcNow(), []);
    }

    public Host Host { get; }

    /// <summary>Which process of the server this is: connections to an earlier one are broken.</summary>
    public int Reign { get; private set; } = 1;

    public bool TakesCopies => true;

    public IEnumerable<(string Key, CacheEntry Entry)> Taken => _dirty.Select(static one => (one.Key.Key, one.Value));

    public long Dirty
    {
        get
        {
            long entries = 0;
            foreach (var partition in _keys.Partitions)
            {
                var asked = DirtyScript.RunAsync(_direct, partition, CancellationToken.None);
                entries += asked.IsCompletedSuccessfully ? asked.Result.Amount.Entries : throw new InvalidOperationException("It waits.");
            }

            return entries;
        }
    }

    public CacheEntry? Peek(string key)
    {
        if (!_isSeen || !_seen.TryGetValue(key, out var entry))
        {
            _seen[key] = null;
            Look();
            entry = _seen[key];
        }

        return entry;
    }

    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync() => _deadLetters.ListAsync(100, CancellationToken.None);

    public ITierLink Link(Dice dice, SimTime time, Host client, NetworkWeather weather, TierOptions options)
    {
        _links.RemoveAll(static link => link.IsOver);
        var link = new RedisLink(_kernel, dice, this, time, client, weather, options);
        _links.Add(link);
        return link;
    }

    public void Copy() => _copy = _redis.Copy(_time.GetUtcNow());

    public void Forget(bool hasCopy)
    {
        Reign++;
        _redis.Reset(_time.GetUtcNow(), hasCopy ? _copy : []);
        _dirty.Clear();
        _isSeen = false;
        foreach (var link in _links)
        {
            link.Disconnect();
        }
    }

    /// <summary>Hears a channel.</summary>
    public void Subscribe(string channel) => _redis.Subscribe(channel);

    /// <summary>Runs a command now.</summary>
    public T Run<T>(RedisCommand command, ReplyParser<T> parser)
    {
        _isSeen = false;
        _heard.Clear();
        var reply = new RespReader(_redis.Run(_time.GetUtcNow(), command.Bytes, command.Script, _heard));
        foreach (var message in _heard)
        {
            foreach (var link in _links)
            {
                link.Publish(message);
            }
        }

        return reply.IsError ? throw reply.ReadError() : parser(ref reply);
    }

    private void Look()
    {
        var partitions = _keys.Partitions.Length;
        string[] keys = [.. _seen.Keys];
        var strings = _redis.Read(
            _time.GetUtcNow(),
            [.. _keys.Partitions.ToArray().Select(static partition => partition.State), .. keys.Select(key => _keys.Of(key).EntryOf(key))]
        );
        for (var i = 0; i < keys.Length; i++)
        {
            var entry = EntryOf(strings[partitions + i], strings[_keys.Of(keys[i]).Index]);
            _seen[keys[i]] = entry;
            if (entry is { IsDirty: true })
            {
                _dirty[(keys[i], entry.Version)] = entry;
            }
        }

        _isSeen = true;
    }

    // A clean copy of an earlier epoch is none.
    private static CacheEntry? EntryOf(byte[]? bytes, byte[]? state)
    {
        if (bytes is null || state is null)
        {
            return null;
        }

        var (isDirty, epoch) = (EntryLayout.IsDirty(bytes), EntryLayout.Epoch(bytes));
        return isDirty || epoch == PartitionState.Epoch(state) || PartitionState.IsExpired(state, epoch) ? EntryLayout.Read(bytes) : null;
    }
}
