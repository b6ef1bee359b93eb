using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;
using Remanso.Entries;

namespace Remanso.AspNetCore.Dashboard;

/// <summary><c>GET dashboard/caches/{cache}/inspect?key=</c>: one key in the near cache, in the tier and in the
/// database, side by side, and its history where one is kept. It loads and fills nothing.</summary>
internal sealed class InspectEndpoint(
    ICacheRegistry registry,
    RemansoDashboardOptions options,
    IHostEnvironment? environment,
    TimeProvider time
)
{
    private const int MostShown = 64 << 10;

    private static readonly ReadOptions _held = new() { Skips = ReadSkip.Load | ReadSkip.NearWrite };

    private readonly bool _shows = options.Shows(environment);
    private readonly HistoryJson _history = new(registry, options, environment);

    public async Task InvokeAsync(HttpContext context, CacheContext cache, string key)
    {
        var stop = context.RequestAborted;
        var charge = RequestCharge.Of(context);

        // What the near cache has, it holds anyway.
        var reserved = 2L * cache.MaxValueBytes;
        if (!await charge.TryReserveAsync(reserved, TransferLimits.Patience))
        {
            throw Problems.Busy();
        }

        var near = registry.GetOptions(cache.Cache.Name).Near.Enabled
            ? await LookAsync(cache.Cache.GetAsync(key, _held, stop), stop)
            : default;
        var tier = await LookAsync(cache.Cache.GetAsync(key, ReadFrom.Tier, stop), stop);
        var store = registry.HasStore(cache.Cache.Name) ? await LookAsync(cache.Cache.GetAsync(key, ReadFrom.Store, stop), stop) : default;
        charge.Settle(reserved, Math.Min(reserved, (long)tier.Read.Value.Length + store.Read.Value.Length));

        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber("at"u8, time.GetUtcNow().ToUnixTimeMilliseconds());
        writer.WriteBoolean("showsValues"u8, _shows);
        writer.WriteStartObject("near"u8);
        Write(writer, cache.Cache.Name, key, near, ReadSource.Near);
        writer.WriteEndObject();
        writer.WriteStartObject("tier"u8);
        Write(writer, cache.Cache.Name, key, tier, ReadSource.Tier);
        writer.WriteEndObject();
        writer.WriteStartObject("store"u8);
        Write(writer, cache.Cache.Name, key, store, ReadSource.Store);
        if (store.Read.Entry is { IsTombstone: false } row && tier.Read.Entry is { IsTombstone: false } copy)
        {
            writer.WriteBoolean("sameAsTier"u8, row.Value.Span.SequenceEqual(copy.Value.Span));
        }

        writer.WriteEndObject();
        await _history.WriteAsync(writer, cache.Cache.Name, key, stop);
        writer.WriteEndObject();
        context.Response.Headers.CacheControl = "no-store";
        await json.SendAsync(context, StatusCodes.Status200OK);
    }

    private static async ValueTask<Look> LookAsync(ValueTask<ReadResult<ReadOnlyMemory<byte>>> read, CancellationToken stop)
    {
        try
        {
            return new Look(true, await read, null);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested && ErrorMap.Explain(exception) is { } problem)
        {
            return new Look(true, default, problem.Detail);
        }
    }

    private void Write(Utf8JsonWriter writer, string cache, string key, in Look look, ReadSource place)
    {
        if (look.Error is not null)
        {
            writer.WriteString("is"u8, "error"u8);
            writer.WriteString(Names.Error, look.Error);
            return;
        }

        if (!look.WasTaken || look.Read.Entry is not { } entry || (place == ReadSource.Near && look.Read.Source != ReadSource.Near))
        {
            writer.WriteString(
                "is"u8,
                !look.WasTaken ? "off"u8
                    : place == ReadSource.Store ? "missing"u8
                    : "unknown"u8
            );
            return;
        }

        writer.WriteString("is"u8, entry.IsTombstone || !look.Read.Found ? "absent"u8 : "found"u8);
        ExactNumber.Write(writer, "version"u8, entry.Version);
        writer.WriteBoolean("dirty"u8, entry.IsDirty);
        writer.WriteBoolean("deadLetter"u8, entry.IsDeadLetter);
        writer.WriteString("contentType"u8, entry.ContentType);
        writer.WriteNumber("bytes"u8, entry.Value.Length);
        WriteTime(writer, "cachedAt"u8, place == ReadSource.Store ? CacheEntry.Never : entry.CachedAt);
        WriteTime(writer, "freshUntil"u8, place == ReadSource.Store || entry.IsDirty ? CacheEntry.Never : entry.FreshUntil);
        WriteTime(writer, "staleUntil"u8, place == ReadSource.Store || entry.IsDirty ? CacheEntry.Never : entry.StaleUntil);
        WriteTime(writer, "expiresAt"u8, entry.ExpiresAt);
        writer.WriteStartArray("tags"u8);
        foreach (var tag in entry.Tags ?? [])
        {
            writer.WriteStringValue(tag);
        }

        writer.WriteEndArray();
        if (_shows && !entry.IsTombstone)
        {
            WriteValue(writer, new RemansoShownValue(cache, key, entry.ContentType, entry.Value));
        }
    }

    private void WriteValue(Utf8JsonWriter writer, RemansoShownValue value)
    {
        if ((options.Redact is { } redact ? redact(value) : value) is not { Bytes: var shown })
        {
            writer.WriteBoolean("redacted"u8, true);
            return;
        }

        writer.WriteBoolean("cut"u8, shown.Length > MostShown);
        writer.WriteBase64String("value"u8, shown.Span[..Math.Min(shown.Length, MostShown)]);
    }

    // Microseconds in the tier's clock, as milliseconds; null for never.
    private static void WriteTime(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long micros)
    {
        if (micros is CacheEntry.Never or 0)
        {
            writer.WriteNull(name);
        }
        else
        {
            writer.WriteNumber(name, micros / 1000);
        }
    }

    private readonly record struct Look(bool WasTaken, ReadResult<ReadOnlyMemory<byte>> Read, string? Error);
}
