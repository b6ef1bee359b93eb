using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Remanso.Redis.Resp;
using Remanso.Redis.Watch;

namespace Remanso.Redis;

/// <summary>What the tiers of one provider share: the client, and what is known of its servers.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly SemaphoreSlim _checking = new(1, 1);
    private bool _isChecked;
    private readonly ConcurrentQueue<(RedisEndPoint EndPoint, RedisPersistence Persistence)> _losing = new();

    public RedisConnection(RedisOptions options, TimeProvider time, ILogger logger)
        : this(PrefixOf(options), time, logger, gate => new RedisClient(
            options,
            time,
            gate,
            logger.CredentialsNotRenewed,
            logger.SecondMaster,
            logger.MasterUnusable
        ))
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
        Servers.Persistence.Start(Client);
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
            if (!_isChecked)
            {
                await Client.ConnectAsync(cancellationToken).ConfigureAwait(false);
                await CheckMastersAsync(cancellationToken).ConfigureAwait(false);
                _isChecked = true;
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

    public async ValueTask DisposeAsync()
    {
        await Servers.DisposeAsync().ConfigureAwait(false);
        await Client.DisposeAsync().ConfigureAwait(false);
        _checking.Dispose();
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async ValueTask CheckMastersAsync(CancellationToken cancellationToken)
    {
        var isAny = false;
        foreach (var node in Client.Nodes.Where(static node => node.IsMaster))
        {
            var asked = Time.GetTimestamp();
            var settings = await RedisSettings.ReadAsync(Client, node, cancellationToken).ConfigureAwait(false);
            settings.ThrowUnlessSafe(node.ToString());
            Servers.Persistence.Note(node.EndPoint, settings.Persistence, asked);
            Warn(node, settings);
            isAny = true;
        }

        if (!isAny)
        {
            throw new RedisConnectionException("No master of Redis is known.", mayHaveRun: false);
        }
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
