using Microsoft.Extensions.Logging.Console;
using Remanso.AspNetCore.Security;
using Remanso.Server.Configuration;
using Remanso.Server.Endpoints;
using Remanso.Server.Metrics;

namespace Remanso.Server.Hosting;

/// <summary>Kestrel, logging and the HTTP API: the web half of the process.</summary>
internal static class WebServer
{
    private const int LongestRequestLine = 16 << 10;

    /// <summary>A builder with the configuration in the usual order: appsettings.json, environment, command line; the later one wins.</summary>
    /// <exception cref="SettingException">The command line can't be read.</exception>
    public static WebApplicationBuilder CreateBuilder(ReadOnlySpan<string> arguments)
    {
        var switches = CommandLine.Read(arguments);

        // appsettings.json lies beside the program, wherever it is started; the paths of data are relative to where it is started.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "Remanso.Server",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = switches.GetValueOrDefault("environment")
                ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
                ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT"),
        });
        builder.Configuration
            .AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
            .AddJsonFile($"appsettings.{builder.Environment.EnvironmentName}.json", optional: true, reloadOnChange: false)
            .AddEnvironmentVariables("DOTNET_")
            .AddEnvironmentVariables("ASPNETCORE_")
            .AddEnvironmentVariables()
            .AddInMemoryCollection(switches);
        builder.Configuration.AddInMemoryCollection(SecretFiles.Read(builder.Configuration));
        return builder;
    }

    public static void AddWebServer(this WebApplicationBuilder builder, ServerSettings settings)
    {
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddSimpleConsole(static console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
        });

        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseUrls(settings.Urls).ConfigureKestrel(kestrel =>
        {
            kestrel.Configure(builder.Configuration.GetSection("Kestrel"));
            kestrel.AddServerHeader = false;
            kestrel.AllowSynchronousIO = false;
            kestrel.Limits.MaxRequestBodySize = settings.MaxRequestBodyBytes;
            kestrel.Limits.MaxRequestLineSize = LongestRequestLine;
            kestrel.Limits.MaxConcurrentConnections = settings.Security.MaxConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = settings.Security.MaxConnections;
            kestrel.TrustClients(settings.Security);
        });

        // What this limits is Kestrel's wait for its connections alone: the drain of the caches comes after it, by deadlines of its own.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.StopGrace);
        builder.Services.AddHostedService<DrainReporter>();
        builder.Services.AddHttpApi(settings);
    }

    /// <summary>Puts the API at the end of the pipeline.</summary>
    public static void UseHttpApi(this WebApplication app)
    {
        // Both are made now: a wrong option is found before anything listens, and counting begins with the process.
        app.Services.GetRequiredService<PrometheusExporter>();
        app.UseRemansoSecurity();
        app.Run(app.GuardRemanso(app.Services.GetRequiredService<RequestScopes>().Of, app.Services.GetRequiredService<Router>().InvokeAsync));
    }

    private static void AddHttpApi(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton(TimeProvider.System);
        services.AddRemansoSecurity(settings.Security.Apply);
        services.AddSingleton<RequestScopes>();
        services.AddSingleton<PrometheusExporter>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<StatsEndpoint>();
        services.AddSingleton<MetricsEndpoint>();
        services.AddSingleton<Router>();
        services.AddSingleton<CacheApi>();
        services.AddSingleton<EntryReadEndpoint>();
        services.AddSingleton<CacheRouter>();
    }
}
