using System.Net;
using System.Net.Sockets;
using Remanso.Common;
using Remanso.Hosting;

namespace Remanso.Server.Configuration;

/// <summary>Everything that configuration says of this process, read and checked once, before anything starts.</summary>
internal sealed class ServerSettings
{
    public const string DefaultCache = "default";
    public const string DefaultUrls = "http://localhost:8000";
    public const string TierName = "ConnectionStrings:Tier";
    public const string StoreName = "ConnectionStrings:Store";
    public const string JournalName = "ConnectionStrings:Journal";
    public const string RoleName = "Remanso:Role";
    public const string MySqlDriverName = "Remanso:MySql:Driver";
    public const string StorePasswordName = "Remanso:Store:PasswordFile";
    public const string UrlsName = "urls";
    public const string ListenName = "Remanso:ListenForChanges";
    public const string StopGraceName = "Remanso:StopGrace";
    public const string MaxBytesInFlightName = "Remanso:MaxBytesInFlight";
    public const string TransferTimeoutName = "Remanso:TransferTimeout";
    public const string ReadersMayReloadName = "Remanso:ReadersMayReload";
    public const string ShowsValuesName = "Remanso:Dashboard:ShowsValues";

    private const string DefaultTier = "memory:";
    private const string DefaultStore = "sqlite:data/remanso.db";

    public required Role Role { get; init; }

    public required string Urls { get; init; }

    /// <summary>Who is answered, and how much at once.</summary>
    public required SecuritySettings Security { get; init; }

    /// <summary>Whether <c>Kestrel:Endpoints</c> says where to listen, instead of <see cref="Urls"/>.</summary>
    public bool HasEndpoints { get; init; }

    /// <summary>Where the tier is: <c>memory:</c>, <c>redis://…</c>.</summary>
    public required string Tier { get; init; }

    /// <summary>The setting that says so: what an error about the address names.</summary>
    public required string TierSetting { get; init; }

    /// <summary>Whether other processes reach the tier: what is dirty at a stop is then theirs to flush.</summary>
    public bool HasSharedTier => IsShared(Tier);

    /// <summary>How Redis is signed in to, beside its address.</summary>
    public required RedisTierSettings Redis { get; init; }

    /// <summary>Where the backing store is: <c>sqlite:PATH</c>, ….</summary>
    public required string Store { get; init; }

    /// <summary>The DLL of the MySQL driver, or its folder; null: beside the server.</summary>
    public string? MySqlDriver { get; init; }

    /// <summary>The file with the database's password; null: it is in the address, or none is needed.</summary>
    public string? StorePasswordFile { get; init; }

    /// <summary>Whether changes that others make to the backing store invalidate copies.</summary>
    public bool ListensForChanges { get; init; }

    /// <summary>Where the journal of the memory tier is: <c>sqlite:PATH</c>; null for none.</summary>
    public string? Journal { get; init; }

    /// <summary>The options of every declared cache, <see cref="DefaultCache"/> always among them.</summary>
    public required IReadOnlyDictionary<string, CacheOptions> Caches { get; init; }

    /// <summary>How long a stop waits for requests under way; then their connections are closed. The drain comes after
    /// it and has its own time.</summary>
    public required TimeSpan StopGrace { get; init; }

    /// <summary>How many bytes of bodies, values and answers the process holds for callers at a time.</summary>
    public required long MaxBytesInFlight { get; init; }

    /// <summary>How long a body or an answer may take, beside a second for each MiB.</summary>
    public required TimeSpan TransferTimeout { get; init; }

    /// <summary>Whether readers may have loaded again what the cache would serve.</summary>
    public required bool ReadersMayReload { get; init; }

    private static readonly (string Section, string[] Known)[] _known =
    [
        (
            "Remanso",
            [
                "Role",
                "Caches",
                "MySql",
                "Redis",
                "Store",
                "ListenForChanges",
                "StopGrace",
                "Security",
                "MaxBytesInFlight",
                "TransferTimeout",
                "ReadersMayReload",
                "Dashboard",
            ]
        ),
        ("Remanso:Dashboard", ["ShowsValues"]),
        ("Remanso:MySql", ["Driver"]),
        ("Remanso:Store", ["PasswordFile"]),
        (RedisTierSettings.Section, RedisTierSettings.Known),
        ("ConnectionStrings", ["Tier", "Store", "Journal", "Tier_FILE", "Store_FILE", "Journal_FILE"]),
    ];

    /// <summary>Whether the dashboard shows values; null: in the environment Development alone.</summary>
    public bool? ShowsValues { get; init; }

    /// <summary>Reads and checks the configuration.</summary>
    /// <exception cref="SettingException">A setting is wrong or unknown.</exception>
    public static ServerSettings Read(IConfiguration configuration)
    {
        if (FindUnknown(configuration).FirstOrDefault() is { } unknown)
        {
            throw new SettingException(unknown);
        }

        ConsoleSettings.Check(configuration);
        var tier = TierOf(configuration);
        var caches = ReadCaches(configuration);
        return new ServerSettings
        {
            Role = ReadRole(configuration[RoleName]),
            Urls = ReadUrls(configuration[UrlsName]),
            HasEndpoints = KestrelSettings.HasEndpoints(configuration),
            Security = SecuritySettings.Read(configuration, SecuritySettings.AddressesOf(configuration, ReadUrls(configuration[UrlsName]))),
            Tier = tier.Address,
            TierSetting = tier.Setting,
            Redis = RedisTierSettings.Read(configuration),
            Store = StoreOf(configuration),
            MySqlDriver = Set(configuration, MySqlDriverName),
            StorePasswordFile = StorePasswordOf(configuration),
            ListensForChanges = ReadListen(configuration[ListenName]),
            Journal = Set(configuration, JournalName),
            StopGrace = ReadStopGrace(configuration[StopGraceName]),
            Caches = caches,
            MaxBytesInFlight = TransferSettings.MaxBytesInFlight(
                configuration[MaxBytesInFlightName],
                caches.Values.Max(static cache => cache.MaxValueBytes)
            ),
            ShowsValues = ReadShows(configuration[ShowsValuesName]),
            TransferTimeout = TransferSettings.Timeout(configuration[TransferTimeoutName]),
            ReadersMayReload = ReadMayReload(configuration[ReadersMayReloadName]),
        };
    }

    internal static Role ReadRole(string? role) =>
        role?.ToUpperInvariant() switch
        {
            null or "" or "ALL" => Role.All,
            "API" => Role.Api,
            "WORKER" => Role.Worker,
            _ => throw new SettingException($"{RoleName} must be all, api or worker, but is {role}"),
        };

    internal static bool ReadListen(string? listen) => listen is { Length: > 0 } && ReadTruth(ListenName, listen);

    internal static bool ReadMayReload(string? may) => may is not { Length: > 0 } || ReadTruth(ReadersMayReloadName, may);

    internal static bool? ReadShows(string? shows) => shows is { Length: > 0 } ? ReadTruth(ShowsValuesName, shows) : null;

    private static bool ReadTruth(string name, string text) =>
        bool.TryParse(text, out var truth) ? truth : throw new SettingException($"{name} must be true or false, but is {text}");

    internal static TimeSpan ReadStopGrace(string? text) =>
        string.IsNullOrEmpty(text) ? TimeSpan.FromSeconds(5)
        : DurationText.TryParse(text, out var grace) && grace >= TimeSpan.Zero && grace <= TimeSpan.FromMinutes(10) ? grace
        : throw new SettingException($"{StopGraceName} must be a duration from 0s to 10m, but is {text}");

    internal static string ReadUrls(string? urls)
    {
        if (string.IsNullOrWhiteSpace(urls))
        {
            return DefaultUrls;
        }

        var addresses = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var url in addresses is [] ? [urls] : addresses)
        {
            if (!IsAddress(url))
            {
                throw new SettingException(
                    $"{UrlsName} must be addresses such as {DefaultUrls}, without a path, separated by ';', but has {ShownAddress.Of(url)}"
                );
            }

            RequireFolder(UrlsName, url);
        }

        return urls;
    }

    internal static bool IsAddress(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.PathBase.Length == 0
                && address.Scheme.ToUpperInvariant() is "HTTP" or "HTTPS"
                && (address.IsUnixPipe || (IsHost(address.Host) && address.Port is >= 0 and <= ushort.MaxValue));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Refuses a Unix socket in a folder that is not there, of which the platform says that the address can't be
    /// assigned.</summary>
    /// <exception cref="SettingException">The folder is not there.</exception>
    internal static void RequireFolder(string setting, string url)
    {
        var address = BindingAddress.Parse(url);
        if (address.IsUnixPipe && Path.GetDirectoryName(address.UnixPipePath) is { Length: > 0 } folder && !Directory.Exists(folder))
        {
            throw new SettingException($"{setting}: the folder {folder} of the Unix socket is not there; make it first");
        }
    }

    // Kestrel takes whatever is no address for a name, and listens everywhere for it.
    internal static bool IsHost(string host) => host is "*" or "+" || Uri.CheckHostName(host) != UriHostNameType.Unknown;

    private static string? RedisFrom(IConfiguration configuration)
    {
        var host = Set(configuration, "REDIS_HOST");
        var port = Set(configuration, "REDIS_PORT");
        if (host is null && port is null)
        {
            return null;
        }

        host = IPAddress.TryParse(host, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{ip}]" : host ?? "localhost";
        return port is null || ushort.TryParse(port, provider: null, out _)
            ? $"redis://{host}:{port ?? "6379"}"
            : throw new SettingException($"REDIS_PORT must be 0 to 65535, but is {port}");
    }

    private static SortedDictionary<string, CacheOptions> ReadCaches(IConfiguration configuration)
    {
        SortedDictionary<string, CacheOptions> caches = new(StringComparer.Ordinal);
        foreach (var (name, cache) in CachesOf(configuration))
        {
            caches[name] = CacheSettings.Read(cache);
        }

        caches.TryAdd(DefaultCache, new CacheOptions());
        return caches;
    }

    /// <summary>The declared caches. Names of settings know no case, and a variable of the environment is often written in
    /// capitals: so a name is spelled as where it was set first, and the default one as ever.</summary>
    public static IEnumerable<(string Name, IConfigurationSection Section)> CachesOf(IConfiguration configuration)
    {
        string[] spelled =
        [
            DefaultCache,
            .. ((configuration as IConfigurationRoot)?.Providers ?? []).SelectMany(static provider =>
                provider.GetChildKeys([], CacheSettings.Section)
            ),
        ];
        return configuration
            .GetSection(CacheSettings.Section)
            .GetChildren()
            .Select(cache =>
                (spelled.FirstOrDefault(name => name.Equals(cache.Key, StringComparison.OrdinalIgnoreCase)) ?? cache.Key, cache)
            );
    }

    /// <summary>Settings that nobody would read, a line each.</summary>
    public static IEnumerable<string> FindUnknown(IConfiguration configuration) =>
        from part in _known.Concat(ConsoleSettings.Known)
        from child in configuration.GetSection(part.Section).GetChildren()
        where !part.Known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)
        select $"{child.Path} is not a known setting; there {(part.Known.Length == 1 ? "is" : "are")} {string.Join(", ", part.Known)}";

    /// <summary>Where the tier is, and the setting that says so.</summary>
    /// <exception cref="SettingException">The port of Redis is no number.</exception>
    public static (string Address, string Setting) TierOf(IConfiguration configuration)
    {
        var tier = Set(configuration, TierName);
        var redis = tier is null ? RedisFrom(configuration) : null;
        return (tier ?? redis ?? DefaultTier, redis is null ? TierName : "REDIS_HOST");
    }

    /// <summary>Whether other processes reach the tier at an address.</summary>
    public static bool IsShared(string tier) => !tier.StartsWith(DefaultTier, StringComparison.OrdinalIgnoreCase);

    /// <summary>The file with the password of the backing store; null for none.</summary>
    public static string? StorePasswordOf(IConfiguration configuration) => Set(configuration, StorePasswordName);

    /// <summary>Where the backing store is.</summary>
    public static string StoreOf(IConfiguration configuration) => Set(configuration, StoreName) ?? DefaultStore;

    // Compose and others hand down variables that nobody gave a value: they are empty, and not set.
    private static string? Set(IConfiguration configuration, string name) => configuration[name] is { Length: > 0 } text ? text : null;
}
