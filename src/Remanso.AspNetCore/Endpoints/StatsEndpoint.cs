using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>GET /v1/stats</c>: counts since the process started, and what is dirty now.</summary>
internal sealed class StatsEndpoint(ICacheRegistry registry)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var statistics = await registry.GetLastStatisticsAsync(context.RequestAborted);
        var access = RemansoAccess.Of(context);
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteStartObject("caches"u8);
        foreach (var name in registry.Names)
        {
            if (access.Allows(RemansoScopes.Observe, name) && statistics.TryGetValue(name, out var cache))
            {
                writer.WriteStartObject(name);
                StatisticsJson.Write(writer, cache);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        await json.SendAsync(context, StatusCodes.Status200OK);
    }
}
