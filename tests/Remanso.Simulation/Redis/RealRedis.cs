using Remanso.Conformance.Servers;
using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Protocol;
using Remanso.Redis.Resp.Subscriptions;

namespace Remanso.Simulation.Redis;

/// <summary>A redis-server of our own, whose clock stands still until it is set. One serves all worlds of a run.</summary>
internal sealed class RealRedis : IAsyncDisposable
{
    private readonly RedisProcess _process;
    private readonly ExactClock _clock;
    private readonly RedisSocket _commands;
    private readonly RedisSocket _signals;
    private readonly RedisSocket _admin;
    private readonly HashSet<string> _channels = [];

    private RealRedis(RedisProcess process, ExactClock clock)
    {
        (_process, _clock) = (process, clock);
        _commands = new RedisSocket(process.Port, RedisProcess.User, RedisProcess.Password);
        _signals = new RedisSocket(process.Port, RedisProcess.User, RedisProcess.Password);
        _admin = new RedisSocket(process.Port, RedisProcess.Admin, RedisProcess.Admin);
        // What is past its time is gone for whoever asks. When else it goes, no seed decides.
        _admin.Ask("DEBUG", "SET-ACTIVE-EXPIRE", 0);
    }

    /// <summary>Starts one.</summary>
    /// <exception cref="InvalidOperationException">There is no redis-server, or no C compiler; the message tells how to get it.</exception>
    public static async Task<RealRedis> StartAsync()
    {
        var (process, clock) = await RedisProcess.StartWithExactClockAsync(SimTime.Start).ConfigureAwait(false);
        return new RealRedis(process, clock);
    }

    /// <summary>Runs a command at a moment, as a deployed tier's user.</summary>
    /// <param name="now">Its clock.</param>
    /// <param name="command">The command.</param>
    /// <param name="script">The script that it names; null for none.</param>
    /// <param name="heard">What was published meanwhile is added.</param>
    /// <returns>The reply, valid until the next call.</returns>
    public ReadOnlySpan<byte> Run(DateTimeOffset now, byte[] command, RedisScript? script, List<RedisMessage> heard)
    {
        _clock.Set(now);
        _commands.Send(command);
        var reply = _commands.Next();
        if (script is null)
        {
            return reply;
        }

        if (reply.StartsWith("-NOSCRIPT"u8))
        {
            _admin.Ask("SCRIPT", "LOAD", script.Body);
            _commands.Send(command);
            reply = _commands.Next();
        }

        Hear(heard);
        return reply;
    }

    /// <summary>Hears a channel from now on.</summary>
    public void Subscribe(string channel)
    {
        if (_channels.Add(channel))
        {
            _signals.Ask("SSUBSCRIBE", channel);
        }
    }

    /// <summary>What strings there are, by their names.</summary>
    public byte[]?[] Read(DateTimeOffset now, params ReadOnlySpan<string> names)
    {
        _clock.Set(now);
        var reply = _admin.Ask(["MGET", .. names]);
        var strings = new byte[]?[reply.ReadArrayHeader()];
        for (var i = 0; i < strings.Length; i++)
        {
            strings[i] = reply.ReadByteArray();
        }

        return strings;
    }

    /// <summary>All that it has.</summary>
    public IReadOnlyList<(byte[] Name, long ExpiresAt, byte[] Dump)> Copy(DateTimeOffset now)
    {
        _clock.Set(now);
        var reply = _admin.Ask("KEYS", "*");
        var names = new byte[reply.ReadArrayHeader()][];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = reply.ReadByteArray()!;
        }

        List<(byte[], long, byte[])> copy = [];
        foreach (var name in names)
        {
            var expiresAt = _admin.Ask("PEXPIRETIME", name).ReadInt64();
            if (_admin.Ask("DUMP", name).ReadByteArray() is { } dump)
            {
                copy.Add((name, Math.Max(0, expiresAt), dump));
            }
        }

        return copy;
    }

    /// <summary>Is another server from now on, with nothing but what a copy has.</summary>
    public void Reset(DateTimeOffset now, IReadOnlyList<(byte[] Name, long ExpiresAt, byte[] Dump)> copy)
    {
        _clock.Set(now);
        _admin.Ask("FLUSHALL");
        _admin.Ask("DEBUG", "CHANGE-REPL-ID");
        foreach (var (name, expiresAt, dump) in copy)
        {
            _admin.Ask("RESTORE", name, expiresAt, dump, "ABSTTL");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _commands.Dispose();
        _signals.Dispose();
        _admin.Dispose();
        _clock.Dispose();
        // Who waits for the end of a process needs the pool's thread for what that has said.
        await Task
            .Factory.StartNew(
                () => _process.DisposeAsync().AsTask(),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            )
            .Unwrap()
            .ConfigureAwait(false);
    }

    // What was published came before the answer to a question that was asked later.
    private void Hear(List<RedisMessage> heard)
    {
        _signals.Send(_ping);
        while (true)
        {
            var frame = new RespReader(_signals.Next());
            if (frame.Type != RespType.Push)
            {
                return;
            }

            frame.ReadArrayHeader();
            if (frame.ReadString() == "smessage")
            {
                heard.Add(new RedisMessage(frame.ReadString()!, frame.ReadByteArray()!));
            }
        }
    }

    private static readonly byte[] _ping = RedisSocket.Encode("PING");
}
