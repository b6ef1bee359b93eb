using Remanso.Redis.Resp;

namespace Remanso.Redis.Tier;

// Whether a clean entry is fresh is read from it, and how old an entry is; versions and leases come from the server's
// clock itself. In a cluster it is one master's; servers kept by NTP differ by less than what matters for a TTL.

/// <summary>An estimate of the server's clock: an offset to this process's monotonic one, measured over half a round
/// trip and measured again every few seconds.</summary>
internal sealed class ServerClock(TimeProvider time)
{
    // An answer that took longer says too little.
    private const long LongestTripMicros = 200_000;

    private static readonly TimeSpan _measureEvery = TimeSpan.FromSeconds(5);

    private static readonly ReplyParser<long> _parser = static (ref reply) =>
    {
        reply.ReadArrayHeader();
        return (reply.ReadInt64() * 1_000_000) + reply.ReadInt64();
    };

    private readonly long _start = time.GetTimestamp();
    private long _offset = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    private long _measuredAt = time.GetTimestamp();
    private bool _isMeasured;

    /// <summary>The server's clock now, microseconds since 1970.</summary>
    public long Now => Volatile.Read(ref _offset) + Elapsed;

    private long Elapsed => time.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Claims the measurement that is due.</summary>
    public bool IsMeasurementDue()
    {
        var then = Volatile.Read(ref _measuredAt);
        return time.GetElapsedTime(then) >= _measureEvery
            && Interlocked.CompareExchange(ref _measuredAt, time.GetTimestamp(), then) == then;
    }

    /// <summary>Measures the offset.</summary>
    public async ValueTask MeasureAsync(IRedisClient client, CancellationToken cancellationToken)
    {
        var asked = Elapsed;
        var server = await client.ExecuteAsync(RedisRoute.Any, _parser, cancellationToken, "TIME").ConfigureAwait(false);
        var trip = Elapsed - asked;
        if (_isMeasured && trip > LongestTripMicros)
        {
            return;
        }

        Volatile.Write(ref _offset, server - asked - (trip / 2));
        _isMeasured = true;
    }
}
