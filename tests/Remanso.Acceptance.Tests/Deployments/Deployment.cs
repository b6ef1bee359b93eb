using Remanso.Conformance.Servers;

namespace Remanso.Acceptance.Tests.Deployments;

/// <summary>One tier in front of one store, with a cache and a table that nobody else has.</summary>
/// <remarks>Nothing is flushed by itself unless a test sets <c>Flush:Interval</c>: it flushes when it wants to see what
/// a flush does, or waits for a write to be stored.</remarks>
internal sealed class Deployment : IAsyncDisposable
{
    private static int _count;

    private readonly string _name = $"c{Interlocked.Increment(ref _count)}";
    private readonly string _folder = Directory.CreateTempSubdirectory("remanso-acceptance-").FullName;
    private readonly List<Session> _sessions = [];
    private readonly TierKind _tier;
    private readonly string _redis;
    private readonly Action<CacheOptions> _configure;
    private readonly TimeProvider? _time;

    private Deployment(
        Servers servers,
        TierKind tier,
        StoreKind store,
        Action<CacheOptions>? configure,
        TimeProvider? time,
        RedisProcess? redis
    )
    {
        _tier = tier;
        _redis = redis is null ? servers.RedisAddress : redis.Address;
        _configure = configure ?? (static _ => { });
        _time = tier == TierKind.Redis ? null : time;
        Database = new Database(servers, store, _name);
    }

    /// <summary>The cache, as the first session has it.</summary>
    public ICache<string, string> Cache => Session.Cache;

    public Session Session => _sessions[0];

    /// <summary>What happens around the saves of all sessions.</summary>
    public WatchPoints Points { get; } = new();

    /// <summary>What all sessions logged.</summary>
    public RecordingLog Log { get; } = new();

    /// <summary>The view from outside.</summary>
    public Database Database { get; }

    /// <summary>Puts one together, with a first session.</summary>
    /// <param name="servers">The servers.</param>
    /// <param name="tier">The tier.</param>
    /// <param name="store">The store.</param>
    /// <param name="configure">Sets options of the cache.</param>
    /// <param name="time">A clock, for a tier in this process; Redis has its own.</param>
    /// <param name="redis">A Redis of the test's own; the shared one where null.</param>
    public static async Task<Deployment> StartAsync(
        Servers servers,
        TierKind tier,
        StoreKind store,
        Action<CacheOptions>? configure = null,
        TimeProvider? time = null,
        RedisProcess? redis = null
    )
    {
        var deployment = new Deployment(servers, tier, store, configure, time, redis);
        await deployment.AddSessionAsync();
        return deployment;
    }

    /// <summary>Another process that shares the tier; where the tier is in this process, another caller in it.</summary>
    public async Task<ICache<string, string>> JoinAsync()
    {
        if (_tier == TierKind.Redis)
        {
            await AddSessionAsync();
        }

        return _sessions[^1].Cache;
    }

    /// <summary>Flushes until nothing fails any more: as the flusher does in its own time.</summary>
    public async Task FlushAsync()
    {
        const int Tries = 100;
        for (var i = 0; i < Tries; i++)
        {
            if ((await Cache.Operations.FlushAsync()).Failed.Count == 0)
            {
                return;
            }
        }

        Assert.Fail("The store did not take everything:\n" + string.Join('\n', Log.Lines));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions)
        {
            await session.DisposeAsync();
        }

        await Database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AddSessionAsync() => _sessions.Add(await Session.StartAsync(_name, Choose, Configure, Points, Log, _time));

    private void Choose(RemansoBuilder builder)
    {
        Database.Use(builder);
        switch (_tier)
        {
            case TierKind.Memory:
                builder.UseMemoryTier();
                break;
            case TierKind.Journal:
                builder.UseMemoryTier().UseSqliteJournal(Path.Combine(_folder, "journal.db"));
                break;
            default:
                builder.UseRedis(_redis);
                break;
        }
    }

    private void Configure(CacheOptions options)
    {
        options.Tier.Partitions = 4;
        options.Flush.Interval = TimeSpan.FromHours(1);
        options.Flush.FirstBackoff = TimeSpan.FromMilliseconds(1);
        options.Flush.MaxBackoff = TimeSpan.FromMilliseconds(2);
        options.Flush.StopTimeout = TimeSpan.FromSeconds(5);
        _configure(options);
    }
}
