using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;
using Remanso.Hosting;

namespace Remanso.AspNetCore.Dashboard;

/// <summary><c>GET dashboard/caches</c>: every cache that one may see, what one may do with it, and its settings.</summary>
internal sealed class CachesEndpoint(ICacheRegistry registry, CacheApi caches, RemansoDashboardOptions options, IServiceProvider services)
{
    private readonly bool _served = (services.GetService<RemansoApiOptions>() ?? new RemansoApiOptions()).ServesCaches;

    public Task InvokeAsync(HttpContext context)
    {
        var access = RemansoAccess.Of(context);
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteBoolean("showsValues"u8, options.Shows(services.GetService<IHostEnvironment>()));
        writer.WriteStartArray("caches"u8);
        foreach (var name in registry.Names)
        {
            string[] scopes = [.. SessionEndpoint.ScopesIn(access, name)];
            if (!scopes.Contains("observe") && !scopes.Contains("read"))
            {
                continue;
            }

            writer.WriteStartObject();
            writer.WriteString("name"u8, name);

            // Other types have no form in a page; a worker's entries are read elsewhere.
            writer.WriteBoolean("opens"u8, _served && caches.Has(name));
            writer.WriteStartArray("scopes"u8);
            foreach (var scope in scopes)
            {
                writer.WriteStringValue(scope);
            }

            writer.WriteEndArray();
            WriteSettings(writer, registry.GetOptions(name));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        context.Response.Headers.CacheControl = "no-store";
        return json.SendAsync(context, StatusCodes.Status200OK);
    }

    private static void WriteSettings(Utf8JsonWriter writer, CacheOptions cache)
    {
        ExactNumber.Write(writer, "maxDirtyEntries"u8, cache.Tier.MaxDirtyEntries);
        ExactNumber.Write(writer, "maxDirtyBytes"u8, cache.Tier.MaxDirtyBytes ?? cache.Tier.MaxBytes / 2);
        writer.WriteStartArray("settings"u8);
        foreach (var setting in CacheSetting.Of(cache))
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, setting.Name);
            writer.WriteString("value"u8, setting.Value);
            if (!setting.IsDefault)
            {
                writer.WriteString("default"u8, setting.Default);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
