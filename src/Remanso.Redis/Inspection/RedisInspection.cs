using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Redis.Tier;
using Remanso.Redis.Watch;
using Remanso.Tiers;

namespace Remanso.Redis.Inspection;

/// <summary>Looks at Redis as the start of a tier does, and leaves it as it was: nothing is stated, admitted or taken over.</summary>
internal sealed class RedisInspection : IAsyncDisposable
{
    private const int Trips = 5;

    private static readonly ReplyParser<long> _clock = static (ref reply) =>
    {
        reply.ReadArrayHeader();
        return (reply.ReadInt64() * 1_000_000) + reply.ReadInt64();
    };

    private readonly TimeProvider _time;
    private readonly RedisClient _client;
    private readonly string _prefix;

    public RedisInspection(RedisOptions options, TimeProvider time)
    {
        _time = time;
        _prefix = RedisConnection.PrefixOf(options);
        // Without a gate: a tier's connection admits its partitions, which is a write.
        _client = new RedisClient(options, time);
    }

    /// <exception cref="RedisException">Not within the connect time-out, and why.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken) => _client.ConnectAsync(cancellationToken);

    /// <summary>What each master tells.</summary>
    public async Task<IReadOnlyList<ServerReport>> ReadAsync(CancellationToken cancellationToken)
    {
        var reports = new List<ServerReport>();
        foreach (var node in _client.Nodes.Where(static node => node.IsMaster))
        {
            var info = await RedisSettings.InfoAsync(_client, node, cancellationToken).ConfigureAwait(false);
            var settings = RedisSettings.From(
                info,
                await RedisSettings.ConfigAsync(_client, node, "appendfsync", cancellationToken).ConfigureAwait(false)
            );
            var least = await RedisSettings.ConfigAsync(_client, node, "min-replicas-to-write", cancellationToken).ConfigureAwait(false);
            reports.Add(
                new ServerReport(
                    node.ToString(),
                    settings,
                    ServerLook.From(info),
                    long.TryParse(
                        info.GetValueOrDefault("total_system_memory"),
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var bytes
                    )
                        ? bytes
                        : 0,
                    node.Replicas,
                    int.TryParse(least, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null
                )
            );
        }

        return reports;
    }

    /// <summary>The shortest of a few round trips.</summary>
    public async Task<TimeSpan> MeasureAsync(CancellationToken cancellationToken)
    {
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < Trips; i++)
        {
            var sent = _time.GetTimestamp();
            // No PING: a Redis whose disk is full refuses that, too.
            await _client.ExecuteAsync(RedisRoute.Any, _clock, cancellationToken, "TIME").ConfigureAwait(false);
            var trip = _time.GetElapsedTime(sent);
            shortest = trip < shortest ? trip : shortest;
        }

        return shortest;
    }

    /// <summary>How far the server's clock is from this machine's, by half a round trip at most; above zero where it is ahead.</summary>
    public async Task<TimeSpan> SkewAsync(CancellationToken cancellationToken)
    {
        var sent = _time.GetTimestamp();
        var server = await _client.ExecuteAsync(RedisRoute.Any, _clock, cancellationToken, "TIME").ConfigureAwait(false);
        var here = _time.GetUtcNow() - (_time.GetElapsedTime(sent) / 2);
        return DateTimeOffset.UnixEpoch.AddMicroseconds(server) - here;
    }

    /// <summary>What the tier needs and this user may not do; empty for nothing.</summary>
    public Task<IReadOnlyList<string>> FindDeniedAsync(string cache, CancellationToken cancellationToken) =>
        RightsProbe.FindDeniedAsync(_client, _prefix, cache, cancellationToken);

    /// <summary>In what this configuration differs from what the processes of a cache agreed on.</summary>
    /// <returns>The difference, or null; and whether a start would be refused for it.</returns>
    public async Task<(string? Difference, bool IsRefused)> CompareAsync(
        string cache,
        TierOptions options,
        CancellationToken cancellationToken
    )
    {
        var calls = OpenCalls();
        var agreement = new Agreement(KeysOf(cache, options), options, calls, new DirtyView(options, _time), NullLogger.Instance);
        return await agreement.LookAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What of a cache is not in the store.</summary>
    public async Task<Backlog> CountAsync(string cache, TierOptions options, CancellationToken cancellationToken)
    {
        var keys = KeysOf(cache, options);
        var dirty = await OpenCalls()
            .RunAllAsync(
                keys.Partitions.ToArray(),
                static (client, partition, token) => DirtyScript.RunAsync(client, partition, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        var now = await _client.ExecuteAsync(RedisRoute.Any, _clock, cancellationToken, "TIME").ConfigureAwait(false) / 1000;
        var workers = await _client
            .ExecuteAsync(
                RedisRoute.FirstKey,
                Replies.Int64,
                cancellationToken,
                "ZCOUNT",
                keys.Workers,
                now.ToString(CultureInfo.InvariantCulture),
                "+inf"
            )
            .ConfigureAwait(false);
        return new Backlog(
            dirty.Sum(static partition => partition.Amount.Entries),
            TimeSpan.FromMicroseconds(dirty.Max(static partition => partition.OldestMicros)),
            dirty.Sum(static partition => partition.DeadLetters),
            workers
        );
    }

    /// <summary>The caches that processes have used, also those that none declares any more.</summary>
    public ValueTask<IReadOnlyList<KnownCache>> ListCachesAsync(CancellationToken cancellationToken) =>
        new CacheList(OpenCalls(), _prefix).LookAsync(cancellationToken);

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private CacheKeys KeysOf(string cache, TierOptions options) => new(_prefix, cache, options.Partitions);

    private RedisCalls OpenCalls()
    {
        var calls = new RedisCalls(_client, _time);
        calls.Open();
        return calls;
    }
}
