using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Remanso.Redis.Resp;
using Remanso.Redis.Watch;

namespace Remanso.Redis;

/// <summary>What the tiers of one provider share: the client, and what is known of its servers.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private static readonly TimeSpan _settingsAge = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _checking = new(1, 1);
    private readonly ConcurrentQueue<(RedisEndPoint EndPoint, RedisPersistence Persistence)> _losing = new();
    private long _readAt;
    private int _reading;

    public RedisConnection(RedisOptions options, TimeProvider time, ILogger logger)
        : this(PrefixOf(options), time, logger, gate => new RedisClient(options, time, gate, logger.CredentialsNotRenewed))
    {
        MaxReplyBytes = options.Limits.MaxReplyBytes;
        Timeout = Shorter(options.Timings.ConnectTimeout, options.Timings.CommandTimeout);
    }

    /// <param name="prefix">What the names of all keys and channels begin with.</param>
    /// <param name="time">The clock for time-outs.</param>
    /// <param name="logger">Where warnings about the servers go.</param>
    /// <param name="connect">Makes the client, whose new connections pass the gate.</param>
    public RedisConnection(string prefix, TimeProvider time, ILogger logger, Func<ServerWatch, IRedisClient> connect)
    {
        Time = time;
        Logger = logger;
        Prefix = prefix;
        Servers = new ServerWatch(time, logger);
        Client = connect(Servers);
    }

    public IRedisClient Client { get; }

    /// <summary>How long a call takes at least to fail for want of a server.</summary>
    public TimeSpan Timeout { get; } = Shorter(new RedisTimings().ConnectTimeout, new RedisTimings().CommandTimeout);

    /// <summary>A longer reply ends its connection.</summary>
    public int MaxReplyBytes { get; } = new RedisConnectionLimits().MaxReplyBytes;

    /// <summary>What is known of the servers, and looked at again all the time.</summary>
    public ServerWatch Servers { get; }

    /// <summary>What the names of all keys and channels begin with.</summary>
    public string Prefix { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    /// <summary>What the servers were found to keep, the weakest of them; null before the first check.</summary>
    public RedisSettings? Settings { get; private set; }

    /// <summary>What the names of all keys and channels begin with.</summary>
    /// <remarks>Channels know no database: two caches of one name in two databases would hear each other.</remarks>
    public static string PrefixOf(RedisOptions options) =>
        options.Database == 0 ? options.Prefix : string.Create(CultureInfo.InvariantCulture, $"{options.Prefix}/{options.Database}");

    /// <summary>Connects and checks the masters' settings; once, until that succeeds.</summary>
    /// <exception cref="InvalidOperationException">The settings can't keep the tier's promises.</exception>
    /// <exception cref="TierUnavailableException">Redis can't be reached.</exception>
    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        await _checking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Settings is null)
            {
                await Client.ConnectAsync(cancellationToken).ConfigureAwait(false);
                Settings = await CheckMastersAsync(cancellationToken).ConfigureAwait(false);
                _readAt = Time.GetTimestamp();
                Servers.Start(Client);
            }
        }
        catch (RedisUnfitException exception)
        {
            throw new InvalidOperationException(exception.Message, exception);
        }
        catch (RedisException exception)
        {
            throw new TierUnavailableException(exception.Message, mayHaveHappened: false, exception) { Reason = exception.Reason };
        }
        finally
        {
            _checking.Release();
        }
    }

    /// <summary>Warns, once for each server, where it may lose what was accepted: to be called after a check, and only
    /// for a cache whose writes are nowhere else.</summary>
    public void WarnOfLosses()
    {
        while (_losing.TryDequeue(out var server))
        {
            if (server.Persistence == RedisPersistence.None)
            {
                Logger.AppendOnlyFileOff(server.EndPoint);
            }
            else
            {
                Logger.PersistenceUnknown(server.EndPoint);
            }
        }
    }

    /// <summary>Why a write does not survive a crash of Redis, or null. Somebody may have changed the servers'
    /// settings: they are read again in the background.</summary>
    public string? WhyNotLogged()
    {
        if (Settings is null)
        {
            return null;
        }

        if (Time.GetElapsedTime(Volatile.Read(ref _readAt)) > _settingsAge && Interlocked.Exchange(ref _reading, 1) == 0)
        {
            _ = ReadAgainAsync();
        }

        return Settings.Persistence switch
        {
            RedisPersistence.EveryWrite => null,
            RedisPersistence.None => "Redis keeps no append-only file; it needs appendonly yes and appendfsync always.",
            RedisPersistence.Unknown => "Redis does not tell how it persists; allow this user CONFIG GET appendfsync.",
            _ => "Redis does not sync each write to disk; it needs appendfsync always.",
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Servers.DisposeAsync().ConfigureAwait(false);
        await Client.DisposeAsync().ConfigureAwait(false);
        _checking.Dispose();
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task ReadAgainAsync()
    {
        try
        {
            Settings = await WeakestAsync(static (_, _) => { }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or ObjectDisposedException)
        {
            // A server that is away takes no writes either.
        }
        finally
        {
            Volatile.Write(ref _readAt, Time.GetTimestamp());
            Volatile.Write(ref _reading, 0);
        }
    }

    private ValueTask<RedisSettings> CheckMastersAsync(CancellationToken cancellationToken) =>
        WeakestAsync(
            (node, settings) =>
            {
                settings.ThrowUnlessSafe(node.ToString());
                Warn(node, settings);
            },
            cancellationToken
        );

    private async ValueTask<RedisSettings> WeakestAsync(Action<RedisNode, RedisSettings> check, CancellationToken cancellationToken)
    {
        RedisSettings? weakest = null;
        foreach (var node in Client.Nodes.Where(static node => node.IsMaster))
        {
            var settings = await RedisSettings.ReadAsync(Client, node, cancellationToken).ConfigureAwait(false);
            check(node, settings);
            if (weakest is null || settings.Persistence < weakest.Persistence)
            {
                weakest = settings;
            }
        }

        return weakest ?? throw new RedisConnectionException("No master of Redis is known.", mayHaveRun: false);
    }

    private void Warn(RedisNode node, RedisSettings settings)
    {
        var unknown = Unknown(node, settings);
        if (unknown.Count > 0)
        {
            Logger.Untold(node.EndPoint, string.Join(", ", unknown));
        }
        // Told already, where more is unknown than that.
        else if (settings.Persistence is RedisPersistence.None or RedisPersistence.Unknown)
        {
            _losing.Enqueue((node.EndPoint, settings.Persistence));
        }
    }

    /// <summary>What can't be checked for want of a right, or of a command; not how it persists alone, which matters to
    /// some caches only.</summary>
    private static List<string> Unknown(RedisNode node, RedisSettings settings)
    {
        (bool IsKnown, string What)[] checks =
        [
            (settings.Version.Length > 0, "its version (7.0 or later is needed)"),
            (settings.EvictionPolicy is not null, "its maxmemory-policy (noeviction or volatile-* is needed)"),
            (node.Replicas is not null, "its replicas"),
        ];
        var unknown = checks.Where(static check => !check.IsKnown).Select(static check => check.What).ToList();
        if (unknown.Count > 0 && settings.Persistence == RedisPersistence.Unknown)
        {
            unknown.Add("how it persists (appendonly, appendfsync)");
        }
        return unknown;
    }
}
