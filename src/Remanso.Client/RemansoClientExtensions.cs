using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Remanso.Client.Http;

namespace Remanso.Client;

/// <summary>Puts a client into an application's services.</summary>
public static class RemansoClientExtensions
{
    /// <summary>The name of the client's <see cref="HttpClient"/>.</summary>
    public const string HttpClientName = "Remanso";

    /// <summary>Adds one <see cref="RemansoClient"/>, made when it is first asked for.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets its options.</param>
    /// <returns>The builder of its <see cref="HttpClient"/>: for handlers and certificates. It logs nothing unless told
    /// to, for paths have keys of entries.</returns>
    /// <remarks>A handler that repeats calls (<c>AddStandardResilienceHandler</c>) must leave unsafe methods alone
    /// (<c>Retry.DisableForUnsafeHttpMethods()</c>): a repeated increment counts twice. The client repeats by itself what
    /// may be, see <see cref="RemansoClientOptions.MaxRetries"/>.</remarks>
    /// <example><code>
    /// services.AddRemansoClient(options => options.BaseAddress = new Uri("http://cache:8000"));
    /// </code></example>
    public static IHttpClientBuilder AddRemansoClient(this IServiceCollection services, Action<RemansoClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.Configure(configure);
        services.AddSingleton(static provider => new RemansoClient(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName),
            provider.GetRequiredService<IOptions<RemansoClientOptions>>().Value
        ));

        // One client for good: its connections are renewed by their own lifetime.
        return services
            .AddHttpClient(HttpClientName, static client => client.Timeout = Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler(static (handler, _) => Connections.Set(handler))
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
    }
}
