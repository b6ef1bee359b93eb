using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso;
using Remanso.AspNetCore;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.OpenApi;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The HTTP API of the registered caches, in an application of yours.</summary>
public static class RemansoApiExtensions
{
    /// <summary>Sets options of the API, for all its mounts in the application. Without this call they are as
    /// <see cref="RemansoApiOptions"/> says.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="configure">Sets the options.</param>
    /// <exception cref="CacheConfigurationException">An option is out of its range.</exception>
    public static IServiceCollection AddRemansoApi(this IServiceCollection services, Action<RemansoApiOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new RemansoApiOptions();
        configure?.Invoke(options);
        options.Validate();
        services.TryAddSingleton(options);

        // Last, so that it is asked for the shapes of the API's description where nothing else knows them: in native applications.
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Add(ShapesJson.Default));
        services.TryAddSingleton(static provider =>
            TransferLimits.Make(
                provider.GetRequiredService<RemansoApiOptions>(),
                provider.GetRequiredService<ICacheRegistry>(),
                TimeOf(provider)
            )
        );
        return services;
    }

    /// <summary>Maps the HTTP API of the caches that have text keys and bytes as values (<c>AddCache&lt;string,
    /// ReadOnlyMemory&lt;byte&gt;&gt;</c>). What the application adds to the group covers all of it:
    /// <c>app.MapRemanso("/cache").RequireAuthorization("caches")</c>. Without a policy, keys or tokens, the same
    /// machine alone is answered.
    /// </summary>
    /// <param name="endpoints">Where to: the application, or a group of its.</param>
    /// <param name="prefix">What stands before every path, such as <c>/cache</c>.</param>
    /// <returns>The group of all its endpoints.</returns>
    /// <exception cref="InvalidOperationException">There are no caches.</exception>
    /// <exception cref="CacheConfigurationException">An option of a cache, or of the API, is wrong.</exception>
    public static RouteGroupBuilder MapRemanso(this IEndpointRouteBuilder endpoints, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        var services = endpoints.ServiceProvider;
        var registry = services.GetService<ICacheRegistry>()
            ?? throw new InvalidOperationException("There are no caches: call services.AddRemanso() before the application is built.");
        var options = services.GetService<RemansoApiOptions>() ?? new RemansoApiOptions();
        var time = TimeOf(services);
        var errors = new CallErrors(
            (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("Remanso.Http"),
            time
        );

        var group = endpoints.MapGroup(prefix);
        var largest = registry.Names.Select(name => BodyLimits.Batch(registry.GetMaxValueBytes(name))).DefaultIfEmpty().Max();
        group.WithMetadata(TransferLimits.Of(services, options, registry, time), new LargestBody(largest));
        var map = new ApiMap(group, registry, errors, time, options.ReadersMayReload);
        map.MapState();
        if (options.ServesCaches)
        {
            map.MapCaches();
        }

        return group;
    }

    /// <summary>Takes keys as they were sent where segments <c>.</c> and <c>..</c> of them lead out of the key:
    /// Kestrel resolves these before anybody sees the path. Goes before <c>UsePathBase</c> and <c>UseRouting</c>.
    /// Without it such a request is one for the resolved path; all other keys are taken as they were sent anyway.</summary>
    /// <param name="app">Where to.</param>
    /// <param name="prefix">All that stands before the paths of the API: the path base, if there is one, and the prefix
    /// that it is mapped under.</param>
    public static IApplicationBuilder UseRemansoPaths(this IApplicationBuilder app, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(prefix);
        return app.Use(next =>
            context =>
            {
                SentPath.Restore(context, prefix);
                return next(context);
            }
        );
    }

    private static TimeProvider TimeOf(IServiceProvider services) => services.GetService<TimeProvider>() ?? TimeProvider.System;
}
