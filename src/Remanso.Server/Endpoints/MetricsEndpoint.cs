using System.Buffers;
using Remanso.Server.Metrics;

namespace Remanso.Server.Endpoints;

/// <summary><c>GET /metrics</c>: the meter as Prometheus scrapes it.</summary>
internal sealed class MetricsEndpoint(PrometheusExporter exporter)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var text = new ArrayBufferWriter<byte>(16 << 10);
        exporter.WriteTo(text);
        context.Response.ContentType = PrometheusExporter.ContentType;
        context.Response.ContentLength = text.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(text.WrittenMemory, context.RequestAborted);
    }
}
