using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Remanso.AspNetCore;
using Remanso.AspNetCore.OutputCaching;
using Remanso.Telemetry;

namespace Remanso;

/// <summary>Remanso behind ASP.NET Core's output cache.</summary>
public static class RemansoOutputCacheExtensions
{
    /// <summary>Keeps the responses of <c>UseOutputCache()</c> in a cache without a store, on the tier that the
    /// builder chooses; <c>AddOutputCache()</c> is called as well, its options and policies stay the application's. A
    /// response may have 64 MiB and 256 tags unless the options say otherwise; a larger one is served and not kept, as
    /// is every one while the tier can't be reached.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The cache's name. Processes that share it on one tier share the responses.</param>
    /// <param name="configure">Sets its options.</param>
    /// <returns>The builder.</returns>
    public static RemansoBuilder AsOutputCache(this RemansoBuilder builder, string name = "output", Action<CacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddCache<string, OutputEntry>(name, cache =>
        {
            cache.WithoutStore = true;
            cache.ValueCodec = new OutputEntry.Codec();
            cache.Options.MaxValueBytes = 64 << 20;
            cache.Options.MaxTags = 256;
            configure?.Invoke(cache.Options);
        });
        builder.Services.AddOutputCache();
        builder.Services.Replace(
            ServiceDescriptor.Singleton<IOutputCacheStore>(services => new RemansoOutputCacheStore(
                services.GetRequiredKeyedService<ICache<string, OutputEntry>>(name),
                SafeLogger.Of(services, "Remanso")
            ))
        );
        return builder;
    }
}
