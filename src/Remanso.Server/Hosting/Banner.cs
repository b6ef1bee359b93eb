using Remanso.Hosting;
using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

/// <summary>What a start tells: one screen for people, or events where the log is for programs.</summary>
internal static class Banner
{
    public static void Tell(TextWriter output, WebApplication app, ServerSettings settings, ICacheRegistry registry)
    {
        if (ConsoleSettings.IsForPrograms(app.Configuration))
        {
            Log(app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Remanso.Server"), app.Urls, settings, registry);
        }
        else
        {
            Write(output, app.Urls, settings, registry);
        }
    }

    private static void Write(TextWriter output, IEnumerable<string> urls, ServerSettings settings, ICacheRegistry registry) =>
        output.WriteLine(
            $"""
            Remanso {CommandLine.Version}
              address  {string.Join(", ", urls)}
              role     {Describe(settings.Role)}
              access   {settings.Security.Description}
              tier     {registry.TierDescription}
              store    {registry.StoreDescription}
              caches   {string.Join(", ", registry.Names)}{string.Concat(
                ChangedIn(registry).Select(static one => $"\n  set      {one.Cache}: {one.Settings}")
            )}
              promise  {registry.Promise}
            """
        );

    private static void Log(ILogger logger, IEnumerable<string> urls, ServerSettings settings, ICacheRegistry registry)
    {
        foreach (var (cache, changed) in ChangedIn(registry))
        {
            logger.Set(cache, changed);
        }

        logger.Started(
            CommandLine.Version,
            string.Join(", ", urls),
            Describe(settings.Role),
            settings.Security.Description,
            registry.TierDescription,
            registry.StoreDescription,
            string.Join(", ", registry.Names),
            registry.Promise
        );
    }

    // What was meant to be set and is not among these, was not.
    private static IEnumerable<(string Cache, string Settings)> ChangedIn(ICacheRegistry registry) =>
        from name in registry.Names
        let changed = CacheSetting.Of(registry.GetOptions(name)).Where(static setting => !setting.IsDefault).ToArray()
        where changed.Length > 0
        select (
            name,
            string.Join(
                ", ",
                changed.Select(static one =>
                    one.Default.Length == 0 ? $"{one.Name} {one.Value}" : $"{one.Name} {one.Value} (unless set: {one.Default})"
                )
            )
        );

    private static string Describe(Role role) =>
        role switch
        {
            Role.All => "all: serves and flushes",
            Role.Api => "api: serves; workers flush",
            _ => "worker: flushes; serves health, metrics and statistics alone",
        };
}
