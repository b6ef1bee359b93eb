using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Remanso.AspNetCore;
using Remanso.AspNetCore.Security;
using Remanso.Server.Configuration;
using Remanso.Server.Endpoints;
using Remanso.Server.Metrics;

namespace Remanso.Server.Hosting;

/// <summary>Kestrel, logging and the HTTP API: the web half of the process.</summary>
internal static class WebServer
{
    private const int LongestRequestLine = 16 << 10;
    private const int ConnectionBuffer = 128 << 10;

    // What UseAuthentication sets, and the framework asks before it puts the middleware first in every pipeline with
    // schemes in its services.
    private const string AuthenticationIsPlaced = "__AuthenticationMiddlewareSet";

    private static readonly MinDataRate _slowest = new(bytesPerSecond: 4 << 10, gracePeriod: TimeSpan.FromSeconds(10));

    /// <summary>A builder with the configuration in the usual order: appsettings.json, environment, command line; the
    /// later one wins.</summary>
    /// <exception cref="SettingException">The command line can't be read.</exception>
    public static WebApplicationBuilder CreateBuilder(ReadOnlySpan<string> arguments)
    {
        var switches = CommandLine.Read(arguments);

        // appsettings.json lies beside the program, wherever it is started; the paths of data are relative to where it is started.
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions
            {
                ApplicationName = "Remanso.Server",
                ContentRootPath = AppContext.BaseDirectory,
                EnvironmentName = switches.GetValueOrDefault("environment")
                    ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
                    ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT"),
            }
        );
        builder
            .Configuration.AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
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
        builder.Logging.AddConsoleLog();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();

        // The last one that can take an address does.
        builder.Services.AddSingleton<IConnectionListenerFactory, BoundedSockets>().AddSingleton<ConnectionLimit>();
        if (!settings.HasEndpoints)
        {
            builder.WebHost.UseUrls(settings.Urls);
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var loader = kestrel.Configure(builder.Configuration.GetSection(KestrelSettings.Name));
            kestrel.AddServerHeader = false;
            kestrel.AllowSynchronousIO = false;
            kestrel.Limits.MaxRequestLineSize = LongestRequestLine;

            var clients = ClientCertificates.PolicyOf(settings.Security);
            var certificate = kestrel.ShowRenewed(loader, builder.Configuration);

            // The last one to be set is in force.
            kestrel.ConfigureHttpsDefaults(https =>
            {
                if (clients is not null)
                {
                    https.TrustClients(clients);
                }

                if (certificate is not null)
                {
                    https.OnAuthenticate += certificate.Show;
                }
            });

            // What a connection holds before a request is read and after its answer is written: none of the budget's,
            // so it is little, and not for long.
            kestrel.Limits.MaxRequestBufferSize = ConnectionBuffer;
            kestrel.Limits.MinRequestBodyDataRate = _slowest;
            kestrel.Limits.MinResponseDataRate = _slowest;
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

        // The guard of each endpoint finds out who asks, by the schemes where it needs them. The middleware would make
        // a scope of services for every request, before the gate has looked at it, and find nobody: no scheme is the
        // default one.
        ((IApplicationBuilder)app).Properties[AuthenticationIsPlaced] = true;
        app.UseRemansoSecurity();
        app.UseRemansoPaths();
        app.UseRouting();
        app.MapRemanso();
        app.MapServerPages();
        app.UseCallerTraces();

        // Here, and not where the framework would put it: behind all else, so behind the answer to what no endpoint has.
        app.UseEndpoints(static _ => { });
        app.Run(ServerPages.NothingElse(app.Services.GetRequiredService<ServerSettings>().Role));
    }

    /// <summary>Tells where more connections are let in than there may be files open, or fewer than usual for want of files.</summary>
    public static void TellOfFiles(this WebApplication app, SecuritySettings security)
    {
        var connections = security.MaxConnections;
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Remanso.Server");
        if (connections > OpenFiles.Left(OpenFiles.Limit))
        {
            logger.FilesMayEnd(connections, OpenFiles.Limit!.Value, OpenFiles.OfTheProcess);
        }
        else if (SecuritySettings.IsReduced(connections))
        {
            logger.FewFiles(connections, OpenFiles.Limit!.Value, OpenFiles.OfTheProcess, SecuritySettings.ConnectionsUnlessSet);
        }
    }

    private static void AddHttpApi(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton(TimeProvider.System);
        services.AddRemansoSecurity(settings.Security.Apply);
        services.AddRoutingCore();
        services.AddRemansoApi(options =>
        {
            options.ServesCaches = settings.Role != Role.Worker;
            options.MaxBytesInFlight = settings.MaxBytesInFlight;
            options.TransferTimeout = settings.TransferTimeout;
            options.ReadersMayReload = settings.ReadersMayReload;
        });
        services.AddRemansoDashboard(options =>
        {
            options.ShowsValues = settings.ShowsValues;
            options.Otherwise = new StaticPage("index.txt", "text/plain; charset=utf-8").InvokeAsync;
        });
        DescriptionPage.AddTo(services);
        services.AddSingleton(static _ => new PrometheusExporter(TelemetryPush.Meters));
    }
}
