using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.Redis;

/// <summary>Makes Redis tiers, and owns the connections that they share: two for each server.</summary>
internal sealed class RedisTierProvider : ITierProvider
{
    private readonly RedisConnection _connection;
    private readonly int _largestValue;
    private readonly RedisCalls _calls;
    private readonly CacheList _list;
    private readonly ConcurrentDictionary<string, byte> _stored = new(StringComparer.Ordinal);
    private int _isUntold;

    /// <summary>Begins to connect; what is wrong is told when a tier is initialised.</summary>
    /// <param name="options">Which Redis, and as whom.</param>
    /// <param name="time">The clock for time-outs; the system's where null. Versions and leases go by the server's clock.</param>
    /// <param name="loggers">Where warnings about the server's settings go; nowhere where null.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public RedisTierProvider(RedisOptions options, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Description = options.ToString();
        _largestValue = options.Limits.MaxReplyBytes - RedisConnectionLimits.EntryOverhead;
        _connection = new RedisConnection(options, time ?? TimeProvider.System, SafeLogger.Of(loggers?.CreateLogger("Remanso.Redis")));
        _calls = new RedisCalls(_connection.Client, _connection.Time);
        _list = new CacheList(_calls, _connection.Prefix);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>What is true when a write returns; as the servers' settings are known once a tier was initialised.</summary>
    public string Promise =>
        _connection.Servers.Persistence.Weakest switch
        {
            RedisPersistence.None =>
                "An accepted write is in Redis's memory: it survives this process, and is lost if Redis stops before its "
                    + "flush (its append-only file is off).",
            RedisPersistence.Unsynced =>
                "An accepted write is in Redis's memory and append-only file: it survives a crash of Redis, and may be lost "
                    + "with Redis's machine before its flush.",
            RedisPersistence.EverySecond =>
                "An accepted write is in Redis's memory and append-only file: a crash of Redis's machine loses at most about "
                    + "a second of writes not yet flushed.",
            RedisPersistence.EveryWrite => "An accepted write is on Redis's disk: it survives a crash of Redis.",
            _ => "An accepted write is in Redis's memory: it survives this process, and a crash of Redis as far as Redis is set to.",
        };

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ICacheTier Create(string cache, TierOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(cache);
        ArgumentNullException.ThrowIfNull(options);
        if (cache.AsSpan().ContainsAny("{}:"))
        {
            throw new ArgumentException("The name of a cache must not have braces or colons.", nameof(cache));
        }

        Validate(options);
        if (options.MaxValueBytes > _largestValue)
        {
            throw new CacheConfigurationException(
                $"Remanso:Caches:{cache}:MaxValueBytes is {options.MaxValueBytes}, but replies of Redis are read up to "
                    + $"{_largestValue + RedisConnectionLimits.EntryOverhead} bytes: on Redis a value has at most "
                    + $"{_largestValue} (RedisOptions.Limits.MaxReplyBytes)."
            );
        }

        if (options.HoldsWrites)
        {
            _stored.TryAdd(cache, 0);
        }

        return new RedisTier(cache, options, _connection);
    }

    /// <inheritdoc/>
    /// <exception cref="TierUnavailableException">Redis can't be reached.</exception>
    /// <exception cref="InvalidOperationException">Its settings can't keep the tier's promises.</exception>
    public async ValueTask<IReadOnlyList<KnownCache>> ListCachesAsync(CancellationToken cancellationToken)
    {
        await _connection.CheckAsync(cancellationToken).ConfigureAwait(false);
        _calls.Open();
        try
        {
            return await _list.NoteAsync([.. _stored.Keys], cancellationToken).ConfigureAwait(false);
        }
        // No right to the key, or another program's.
        catch (Exception exception) when (exception is InvalidDataException or { InnerException: RedisServerException { IsRefusal: true } })
        {
            if (Interlocked.Exchange(ref _isUntold, 1) == 0 && _connection.Client.MasterOf(_list.Key) is { } master)
            {
                _connection.Logger.Untold(
                    master.EndPoint,
                    $"which caches it holds ({_list.Key}), so that some may wait there which no process flushes"
                );
            }

            return [];
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static void Validate(TierOptions options)
    {
        var broken = options switch
        {
            { Partitions: < 1 or > 4096 } => "Partitions: 1 to 4096.",
            { MaxDirtyEntries: < 1 } => "MaxDirtyEntries: at least 1.",
            { MaxDirtyBytes: < 1 } => "MaxDirtyBytes: at least 1, or null for half of MaxBytes.",
            { MaxDirtyAge.Ticks: < 1 } => "MaxDirtyAge: above 0, or null for any.",
            { ResumeAt: not (> 0 and <= 1) } => "ResumeAt: above 0, at most 1.",
            { FlushBatchSize: < 1 } => "FlushBatchSize: at least 1.",
            { Replicas: < 1 or > 16 } => "Replicas: 1 to 16.",
            { FillLease.Ticks: < TimeSpan.TicksPerMillisecond or > TimeSpan.TicksPerDay } =>
                "FillLease: at least a millisecond, at most a day.",
            _ => null,
        };
        if (broken is not null)
        {
            throw new ArgumentOutOfRangeException(nameof(options), broken);
        }
    }
}
