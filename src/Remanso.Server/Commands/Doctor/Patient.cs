using Remanso.MySql;
using Remanso.Postgres;
using Remanso.Redis.Inspection;
using Remanso.Server.Configuration;
using Remanso.Server.Hosting;
using Remanso.Sql.Inspection;
using Remanso.Sqlite;
using Remanso.Stores;

namespace Remanso.Server.Commands.Doctor;

/// <summary>What is examined: the configuration of <c>serve</c>, as far as it can be read, and what it leads to.</summary>
internal sealed class Patient : IAsyncDisposable
{
    private readonly Lazy<Task> _redis;
    private readonly Lazy<Task<IReadOnlyList<ServerReport>>> _reports;
    private readonly Lazy<Task<string>> _store;
    private readonly ServiceProvider? _services;

    private Patient(
        IConfiguration configuration,
        TimeProvider time,
        IReadOnlyList<string> problems,
        SortedDictionary<string, CacheOptions> caches
    )
    {
        Configuration = configuration;
        Time = time;
        SettingProblems = problems;
        Caches = caches;
        (Tier, Store, _services) = Find(configuration, time);
        foreach (var options in caches.Values)
        {
            options.Tier.ToldStore = _services?.GetService<IStoreProvider>()?.Identity;
            options.Tier.KeepsVersions = options.WriteMode == WriteMode.EveryVersion;
        }

        Redis = Tier is null ? null : new RedisInspection(Tier, time);
        _redis = new Lazy<Task>(() => Redis!.ConnectAsync(CancellationToken.None));
        _reports = new Lazy<Task<IReadOnlyList<ServerReport>>>(() => Redis!.ReadAsync(CancellationToken.None));
        _store = new Lazy<Task<string>>(() => Store!.GetVersionAsync(CancellationToken.None));
    }

    public IConfiguration Configuration { get; }

    public TimeProvider Time { get; }

    /// <summary>All that is wrong in the configuration itself.</summary>
    public IReadOnlyList<string> SettingProblems { get; }

    public SortedDictionary<string, CacheOptions> Caches { get; }

    /// <summary>Which Redis; null for none, or where its address can't be read.</summary>
    public RedisOptions? Tier { get; }

    public RedisInspection? Redis { get; }

    /// <summary>The database; null where its address can't be read.</summary>
    public IStoreInspection? Store { get; }

    public bool HasMemoryTier =>
        Tier is null && TryRead(() => ServerSettings.TierOf(Configuration).Address) is { } tier && !ServerSettings.IsShared(tier);

    /// <summary>Whether some cache keeps every version, for which there is a second table.</summary>
    public bool KeepsHistory => Caches.Values.Any(static cache => cache.WriteMode == WriteMode.EveryVersion);

    /// <summary>The file of the journal; null for none.</summary>
    public string? JournalPath =>
        Configuration[ServerSettings.JournalName] is { Length: > 0 } address ? TryRead(() => SqliteAddress.Parse(address).Path) : null;

    /// <summary>How many connections may be open; null where it can't be read.</summary>
    public int? MaxConnections
    {
        get
        {
            try
            {
                return SecuritySettings.MaxConnectionsOf(Configuration);
            }
            catch (SettingException)
            {
                return null;
            }
        }
    }

    /// <summary>Whether this runs in a container, whose own files end with it.</summary>
    public bool IsInContainer => bool.TryParse(Configuration["DOTNET_RUNNING_IN_CONTAINER"], out var inside) && inside;

    /// <summary>Asks for the disk behind a path.</summary>
    public Func<string, DiskFacts> Disk { get; init; } = DiskFacts.Of;

    /// <summary>Reads the configuration as <c>serve</c> does.</summary>
    /// <param name="switches">Those of <c>serve</c>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="disk">Asks for disks; null for the operating system.</param>
    public static Patient Admit(ReadOnlySpan<string> switches, TimeProvider time, Func<string, DiskFacts>? disk = null)
    {
        try
        {
            var configuration = WebServer.CreateBuilder(switches).Configuration;
            var (problems, caches) = SettingReview.Of(configuration);
            return new Patient(configuration, time, problems, caches) { Disk = disk ?? DiskFacts.Of };
        }
        catch (Exception exception) when (StartFailure.Explain(exception) is { } line)
        {
            // Nothing of it can be read: not even where Redis and the database are.
            var nothing = new ConfigurationBuilder().AddInMemoryCollection([new(ServerSettings.StoreName, "unread:")]).Build();
            return new Patient(nothing, time, [line], []) { Disk = disk ?? DiskFacts.Of };
        }
    }

    /// <summary>Connects to Redis, once; every later call has the same outcome.</summary>
    public async Task<RedisInspection> ReachRedisAsync(CancellationToken cancellationToken)
    {
        await _redis.Value.WaitAsync(cancellationToken);
        return Redis!;
    }

    /// <summary>What the masters tell, asked once.</summary>
    public async Task<IReadOnlyList<ServerReport>> ReadRedisAsync(CancellationToken cancellationToken)
    {
        await ReachRedisAsync(cancellationToken);
        return await _reports.Value.WaitAsync(cancellationToken);
    }

    /// <summary>Connects to the database, once; every later call has the same outcome.</summary>
    /// <returns>Engine and version.</returns>
    public Task<string> ReachStoreAsync(CancellationToken cancellationToken) => _store.Value.WaitAsync(cancellationToken);

    /// <summary>Where the server would listen; empty where that can't be read.</summary>
    public IReadOnlyCollection<string> Addresses =>
        TryRead(() => SecuritySettings.AddressesOf(Configuration, ServerSettings.ReadUrls(Configuration[ServerSettings.UrlsName]))) ?? [];

    public async ValueTask DisposeAsync()
    {
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }

        if (_services is not null)
        {
            await _services.DisposeAsync();
        }
    }

    private static (RedisOptions? Tier, IStoreInspection? Store, ServiceProvider? Services) Find(
        IConfiguration configuration,
        TimeProvider time
    )
    {
        var address = TryRead(() => ServerSettings.TierOf(configuration).Address);
        var tier =
            address is not null && ServerSettings.IsShared(address)
                ? TryRead(() => RedisTierSettings.Read(configuration).OptionsFor(address))
                : null;
        var services = TryRead(() =>
        {
            var collection = new ServiceCollection().AddSingleton(time);
            collection
                .AddRemanso()
                .UseStoreAt(
                    ServerSettings.StoreOf(configuration),
                    configuration[ServerSettings.MySqlDriverName],
                    ListensForChanges(configuration),
                    ServerSettings.StorePasswordOf(configuration)
                );
            return collection.BuildServiceProvider();
        });
        return (
            tier,
            TryRead(() => services?.GetService<IStoreProvider>()) switch
            {
                SqliteStoreProvider sqlite => sqlite.Inspect(),
                PostgresStoreProvider postgres => postgres.Inspect(),
                MySqlStoreProvider mySql => mySql.Inspect(),
                _ => null,
            },
            services
        );
    }

    private static bool ListensForChanges(IConfiguration configuration) =>
        bool.TryParse(configuration[ServerSettings.ListenName], out var listens) && listens;

    // What can't be read is told by the check of the settings.
    private static TResult? TryRead<TResult>(Func<TResult?> read)
        where TResult : class
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is SettingException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
