using Microsoft.Extensions.Configuration;

namespace Remanso.Hosting;

// Only what can be meant for nothing else: an application may keep settings of its own beside, and under Remanso, too.

/// <summary>Finds settings of caches where nobody reads them: most other libraries are given their section, and
/// <c>Cache</c> is easily written for <c>Caches</c>.</summary>
internal static class MisplacedSettings
{
    private const string Root = "Remanso";

    /// <summary>What is wrong, in one line; null for nothing.</summary>
    /// <param name="configuration">What the application gave.</param>
    /// <param name="caches">The declared caches.</param>
    public static string? Find(IConfiguration configuration, IReadOnlyList<string> caches)
    {
        var own = configuration.GetSection(Root);
        List<IConfigurationSection> places = [configuration.GetSection("Caches"), own];
        if (configuration is IConfigurationSection section)
        {
            if (IsOurs(section) && !own.Exists())
            {
                return $"AddRemanso was given the section {section.Path}, and looks for {CacheSettings.Section} in it: give it the whole "
                    + "configuration";
            }

            places.Add(section);
        }

        places.AddRange(
            own.GetChildren().Where(static child => !child.Path.EndsWith(CacheSettings.Section, StringComparison.OrdinalIgnoreCase))
        );
        return
            places.SelectMany(place => caches.Select(cache => place.GetSection(cache))).FirstOrDefault(CacheSettings.AnyIn) is { } misplaced
            ? $"{misplaced.Path} has settings of a cache that nobody reads; they belong under {CacheSettings.Section}:{misplaced.Key} of "
                + "the configuration that AddRemanso is given"
            : null;
    }

    private static bool IsOurs(IConfigurationSection section) =>
        section.Path.Split(ConfigurationPath.KeyDelimiter).Contains(Root, StringComparer.OrdinalIgnoreCase);
}
