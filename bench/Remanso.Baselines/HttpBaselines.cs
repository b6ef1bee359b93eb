using System.IO.Pipelines;
using System.Text;

namespace Remanso.Baselines;

/// <summary>Servers on the product's Kestrel settings that do the least a server can do for the same visible answer.</summary>
internal static class HttpBaselines
{
    /// <summary>The same bytes for every request: no routing, no middleware, no logging.</summary>
    public static WebApplication Empty(string[] args)
    {
        var app = CreateBuilder(args).Build();
        var body = BodyOf(app.Configuration.GetValue("body-bytes", 120));
        app.Run(context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            return AsTask(context.Response.BodyWriter.WriteAsync(body));
        });
        return app;
    }

    /// <summary>Reads JSON into an object and writes it back: a minimal API as its tutorial has it.</summary>
    public static WebApplication Echo(string[] args)
    {
        var builder = CreateBuilder(args);
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapPost("/set", static (SetRequest request) => request);
        return app;
    }

    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = args });
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(static kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.AllowSynchronousIO = false;
            });
        return builder;
    }

    private static byte[] BodyOf(int length)
    {
        const string Start = "{\"value\":\"";
        const string End = "\"}";
        return Encoding.ASCII.GetBytes(Start + new string('v', Math.Max(length - Start.Length - End.Length, 0)) + End);
    }

    private static Task AsTask(ValueTask<FlushResult> write) => write.IsCompletedSuccessfully ? Task.CompletedTask : write.AsTask();
}
