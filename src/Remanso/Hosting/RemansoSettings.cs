using Microsoft.Extensions.Configuration;

namespace Remanso.Hosting;

/// <summary>What the builder settled for the whole process.</summary>
internal sealed class RemansoSettings
{
    /// <summary>Whether this process flushes.</summary>
    public bool Flushes { get; set; } = true;

    /// <summary>What this process does among those that share the tier, for people; empty where it was not said.</summary>
    public string Role { get; set; } = string.Empty;

    /// <summary>Where the settings of caches are; null where none was given.</summary>
    public IConfiguration? Configuration { get; set; }

    /// <summary>Whether it was said that there is no default store.</summary>
    public bool WithoutStore { get; set; }

    /// <summary>The options of a cache: what is configured for it goes before what the code says. They are a copy, for
    /// the code may have given one object to several caches.</summary>
    /// <exception cref="CacheConfigurationException">A setting is unknown, or its value is of the wrong form.</exception>
    public CacheOptions OptionsOf(CacheRegistration registration)
    {
        var options = registration.Options.Copy();
        if (Configuration is not null)
        {
            CacheSettings.Apply(Configuration.GetSection(CacheSettings.Section).GetSection(registration.Name), options);
        }

        return options;
    }

    /// <summary>Checks that every cache that is configured is declared.</summary>
    /// <exception cref="CacheConfigurationException">One is not; or settings of caches stand where nobody reads them.</exception>
    public void ThrowIfUndeclared(IReadOnlyList<string> caches)
    {
        if (Configuration is not null && MisplacedSettings.Find(Configuration, caches) is { } misplaced)
        {
            throw new CacheConfigurationException(misplaced);
        }

        foreach (var configured in Configuration?.GetSection(CacheSettings.Section).GetChildren() ?? [])
        {
            if (!caches.Contains(configured.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw new CacheConfigurationException(
                    $"{configured.Path} is for a cache that is not declared; there {(caches.Count == 1 ? "is" : "are")} "
                        + $"{string.Join(", ", caches)}"
                );
            }
        }
    }
}
