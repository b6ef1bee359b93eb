namespace Remanso.Baselines;

/// <summary>Servers on the product's Kestrel settings that do the least a server can do for the same visible answer.</summary>
internal static class HttpBaselines
{
    /// <summary>An endpoint that answers every read with the same bytes.</summary>
    public static WebApplication Empty(string[] args)
    {
        var app = Build(args);
        app.MapGet("/get/{key}", Answer(app.Configuration));
        return app;
    }

    /// <summary>The same answer without an endpoint: what Kestrel itself costs.</summary>
    public static WebApplication Bare(string[] args)
    {
        var app = Build(args);
        app.Run(Answer(app.Configuration));
        return app;
    }

    /// <summary>Reads JSON, writes JSON.</summary>
    public static WebApplication Echo(string[] args)
    {
        var app = Build(args);
        app.MapPost("/set", static (SetRequest request) => request);
        return app;
    }

    private static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
        return builder.Build();
    }

    private static RequestDelegate Answer(IConfiguration configuration)
    {
        const string Start = "{\"value\":\"";
        const string End = "\"}";
        var length = configuration.GetValue("body-bytes", 120);
        var body = System.Text.Encoding.ASCII.GetBytes(Start + new string('v', Math.Max(length - Start.Length - End.Length, 0)) + End);
        return context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            return context.Response.BodyWriter.WriteAsync(body).GetAsTask();
        };
    }

    private static Task GetAsTask(this ValueTask<System.IO.Pipelines.FlushResult> write) =>
        write.IsCompletedSuccessfully ? Task.CompletedTask : write.AsTask();
}
