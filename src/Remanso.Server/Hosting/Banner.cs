using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

/// <summary>The one screen that a start prints.</summary>
internal static class Banner
{
    public static void Write(TextWriter output, IEnumerable<string> urls, ServerSettings settings, ICacheRegistry registry) =>
        output.WriteLine($"""
            Remanso {CommandLine.Version}
              address  {string.Join(", ", urls)}
              role     {Describe(settings.Role)}
              access   {settings.Security.Description}
              tier     {registry.TierDescription}
              store    {registry.StoreDescription}
              caches   {string.Join(", ", registry.Names)}
              promise  {registry.Promise}
            """);

    private static string Describe(Role role) => role switch
    {
        Role.All => "all: serves and flushes",
        Role.Api => "api: serves; workers flush",
        _ => "worker: flushes; serves health, metrics and statistics alone",
    };
}
