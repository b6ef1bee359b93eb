using System.Buffers;
using Remanso.AspNetCore.Security;
using Remanso.Server.Metrics;

namespace Remanso.Server.Endpoints;

/// <summary><c>GET /metrics</c>: the meters as Prometheus scrapes them.</summary>
internal sealed class MetricsEndpoint(PrometheusExporter exporter)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!RemansoAccess.Of(context).AllowsEveryCache(RemansoScopes.Observe))
        {
            throw new RemansoAccessDeniedException(RemansoScopes.Observe, "*", key: null);
        }

        var text = new ArrayBufferWriter<byte>(16 << 10);
        exporter.WriteTo(text);
        context.Response.ContentType = PrometheusExporter.ContentType;
        context.Response.ContentLength = text.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(text.WrittenMemory, context.RequestAborted);
    }
}
