using Remanso;
using Remanso.Server.Commands;
using Remanso.Server.Configuration;
using Remanso.Server.Hosting;

if (ClientCommands.Knows(args))
{
    // What comes from a value or goes to it is bytes; what is told goes out at once.
    var raw = StandardOutput.Open();
    await using var output = TextWriter.Synchronized(new StreamWriter(raw, leaveOpen: true) { AutoFlush = true });
    var terminal = new Terminal(output, Console.Error, raw, Console.OpenStandardInput(), Environment.GetEnvironmentVariable)
    {
        Screen = Screens.OfOutput(),
        ErrorScreen = Screens.OfErrors(),
    };
    return await new ClientCommands(terminal).RunAsync(args);
}

if (args is ["serve", .. var switches])
{
    args = switches;
}

if (args is not ["keys", ..] && CommandLine.Answer(args) is { } answer)
{
    return StandardOutput.Tell(answer, Console.Out, Console.Error);
}

if (args is ["--health", var server])
{
    return await HealthProbe.AskAsync(server, Console.Error);
}

try
{
    if (args is ["keys", .. var rest])
    {
        var file = SecuritySettings.KeyFileOf(WebServer.CreateBuilder([]).Configuration) ?? SecuritySettings.DefaultKeyFile;
        return new KeysCommand(Console.Out, Console.Error, TimeProvider.System, file).Run(rest);
    }

    var builder = WebServer.CreateBuilder(args);
    var settings = ServerSettings.Read(builder.Configuration);
    builder.Services.AddHostedService<TelemetryPush>();
    builder.Services.AddCaches(settings);
    builder.AddWebServer(settings);

    await using var app = builder.Build();
    using var signals = StopSignals.Listen(app.Lifetime);
    app.UseHttpApi();
    app.TellOfFiles(settings.Security);
    if (!await Shutdown.TryStartAsync(app, app.Lifetime))
    {
        return 0;
    }

    var registry = app.Services.GetRequiredService<ICacheRegistry>();
    Banner.Tell(Console.Out, app, settings, registry);
    return await Shutdown.WaitAsync(app, Console.Error, settings, registry);
}
catch (Exception exception) when (StartFailure.Explain(exception) is { } line)
{
    Console.Error.WriteLine("remanso: " + line);
    return 1;
}
