using Remanso.Hosting;
using Remanso.Server.Hosting;

namespace Remanso.Server.Configuration;

/// <summary>All that is wrong in a configuration, where a start ends at the first.</summary>
internal static class SettingReview
{
    /// <summary>What can't be read or does not go together, a line each, and the caches as far as they can be read.</summary>
    public static (IReadOnlyList<string> Problems, SortedDictionary<string, CacheOptions> Caches) Of(IConfiguration configuration)
    {
        List<string> problems = [.. ServerSettings.FindUnknown(configuration)];
        var caches = ReadCaches(configuration, problems);
        problems.AddRange(
            Problems(
                () => ConsoleSettings.Check(configuration),
                () => KestrelSettings.HasEndpoints(configuration),
                () => TelemetrySettings.PushesMetrics(configuration),
                () => TelemetrySettings.PushesTraces(configuration),
                () => ServerSettings.ReadRole(configuration[ServerSettings.RoleName]),
                () => ServerSettings.ReadStopGrace(configuration[ServerSettings.StopGraceName]),
                () => ServerSettings.ReadListen(configuration[ServerSettings.ListenName]),
                () =>
                    TransferSettings.MaxBytesInFlight(
                        configuration[ServerSettings.MaxBytesInFlightName],
                        caches.Values.Max(static cache => cache.MaxValueBytes)
                    ),
                () => TransferSettings.Timeout(configuration[ServerSettings.TransferTimeoutName]),
                () => ServerSettings.ReadMayReload(configuration[ServerSettings.ReadersMayReloadName]),
                () => ServerSettings.ReadShows(configuration[ServerSettings.ShowsValuesName])
            )
        );
        problems.AddRange(AddressProblems(configuration));
        problems.AddRange(Problems(() => FitTier(configuration, caches)));
        return ([.. problems.Distinct(StringComparer.Ordinal)], caches);
    }

    /// <summary>What each of some readers refuses.</summary>
    public static IEnumerable<string> Problems(params IEnumerable<Action> readers)
    {
        foreach (var read in readers)
        {
            string? problem = null;
            try
            {
                read();
            }
            catch (Exception exception) when (exception is SettingException or CacheConfigurationException)
            {
                problem = exception.Message;
            }
            catch (FormatException)
            {
                // Kestrel's, of an endpoint of its own settings; what it quotes may hold anything.
                problem = $"{KestrelSettings.EndpointsName} has an address that can't be read";
            }

            if (problem is not null)
            {
                yield return problem;
            }
        }
    }

    private static SortedDictionary<string, CacheOptions> ReadCaches(IConfiguration configuration, List<string> problems)
    {
        SortedDictionary<string, CacheOptions> caches = new(StringComparer.Ordinal);
        foreach (var (name, section) in ServerSettings.CachesOf(configuration))
        {
            var options = new CacheOptions();
            problems.AddRange(CacheSettings.FindProblems(section, options));
            problems.AddRange(CacheOptionsValidator.FindProblems(name, options));
            caches[name] = options;
        }

        caches.TryAdd(ServerSettings.DefaultCache, new CacheOptions());
        return caches;
    }

    // An address that can't be read makes what depends on it no second problem.
    private static IEnumerable<string> AddressProblems(IConfiguration configuration)
    {
        string? urls = null;
        var unread = Problems(() => urls = ServerSettings.ReadUrls(configuration[ServerSettings.UrlsName]));
        foreach (var problem in unread)
        {
            yield return problem;
        }

        if (urls is not null)
        {
            var addresses = SecuritySettings.AddressesOf(configuration, urls);
            foreach (var problem in SecuritySettings.FindProblems(configuration, addresses))
            {
                yield return problem;
            }
        }

        (string Address, string Setting)? tier = null;
        foreach (var problem in Problems(() => tier = ServerSettings.TierOf(configuration)))
        {
            yield return problem;
        }

        var remanso = new ServiceCollection().AddRemanso();
        List<Action> uses =
        [
            () =>
                remanso.UseStoreAt(
                    ServerSettings.StoreOf(configuration),
                    configuration[ServerSettings.MySqlDriverName],
                    Listens(configuration),
                    ServerSettings.StorePasswordOf(configuration)
                ),
        ];
        if (tier is { } found)
        {
            uses.Add(() => remanso.UseTierAt(found.Address, found.Setting, RedisTierSettings.Read(configuration)));
            uses.Add(() =>
                remanso.UseJournalAt(configuration[ServerSettings.JournalName] is { Length: > 0 } journal ? journal : null, found)
            );
            if (Enum.TryParse<Role>(configuration[ServerSettings.RoleName], ignoreCase: true, out var role))
            {
                uses.Add(() => CacheComposition.ThrowUnlessShared(role, found.Address));
            }
        }

        foreach (var problem in Problems(uses))
        {
            yield return problem;
        }
    }

    private static void FitTier(IConfiguration configuration, SortedDictionary<string, CacheOptions> caches)
    {
        var isShared = ServerSettings.IsShared(ServerSettings.TierOf(configuration).Address);
        foreach (var (name, options) in caches)
        {
            if (!isShared)
            {
                CacheOptionsValidator.ValidateFit(name, options);
            }
        }
    }

    private static bool Listens(IConfiguration configuration) =>
        bool.TryParse(configuration[ServerSettings.ListenName], out var listens) && listens;
}
