using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Remanso.Server.Tests.Support;

/// <summary>An OpenTelemetry collector that keeps what it is sent (OTLP over HTTP).</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, string Body)> _received = new();

    private Collector(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var collector = new Collector(builder.Build());
        collector._app.Run(collector.ReceiveAsync);
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>Whether something under the path held this text: names and labels stand as they are in protobuf.</summary>
    public bool Has(string path, string text) =>
        _received.Any(sent => sent.Path == path && sent.Body.Contains(text, StringComparison.Ordinal));

    /// <summary>Whether a span has a link to the trace: the field 13 of a span, whose first field is the name of a trace.</summary>
    public bool HasLinkTo(ActivityTraceId trace)
    {
        var link = new Regex(
            "j.{1,4}\n\x10" + Regex.Escape(Encoding.Latin1.GetString(Convert.FromHexString(trace.ToHexString()))),
            RegexOptions.Singleline
        );
        return _received.Any(sent => sent.Path == "/v1/traces" && link.IsMatch(sent.Body));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _received.Enqueue((context.Request.Path.Value!, Encoding.Latin1.GetString(body.ToArray())));
        context.Response.ContentType = "application/x-protobuf";
    }
}
