using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Remanso.Faces;

/// <summary>The options of the platform's own hybrid cache, which this library has no reference to.</summary>
internal static class PlatformHybridOptions
{
    private const string TypeName = "Microsoft.Extensions.Caching.Hybrid.HybridCacheOptions";

    /// <summary>Refuses them: limits and lifetimes that somebody believes to be in force must not be ignored in silence.</summary>
    /// <exception cref="CacheConfigurationException">They are set.</exception>
    public static void ThrowIfSet(IServiceCollection services)
    {
        if (services.Any(static service => IsSetting(service.ServiceType)))
        {
            throw new CacheConfigurationException(
                "AddHybridCache(o => …), or a Configure<HybridCacheOptions>, sets options of a cache that AsHybridCache() "
                    + "replaces, so they would be ignored. "
                    + "Set DefaultEntryOptions, MaximumPayloadBytes and MaximumKeyLength in AsHybridCache(o => …) instead; "
                    + "AddHybridCache() without options may stay"
            );
        }
    }

    private static bool IsSetting(Type service) =>
        service.IsConstructedGenericType
        && (
            service.GetGenericTypeDefinition() == typeof(IConfigureOptions<>)
            || service.GetGenericTypeDefinition() == typeof(IPostConfigureOptions<>)
        )
        && service.GenericTypeArguments[0].FullName == TypeName;
}
