using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Dashboard;

/// <summary><c>POST dashboard/caches/{cache}/try</c> <c>{"readers":500,"writes":1000}</c>: so many callers at once
/// read one missing key, and so many writes go to it; then what reached the database, from the cache's own counters.
/// One at a time, with a key of its own that is deleted at the end.</summary>
internal sealed class TryEndpoint(TimeProvider time) : IDisposable
{
    /// <summary>The most readers, and the most writes.</summary>
    public const int Most = 10_000;

    private const long MostBody = 1024;

    private static readonly JsonBody.Parser<(int Readers, int Writes)> _parser = Parse;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _one = new(1);

    public async Task InvokeAsync(HttpContext context, CacheContext cache)
    {
        var (readers, writes) = await JsonBody.ReadAsync(context.Request, MostBody, _parser);
        var key = "remanso-try:" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var access = RemansoAccess.Of(context);
        access.Demand(RemansoScopes.Read, cache.Cache.Name, key);
        access.Demand(RemansoScopes.Write, cache.Cache.Name, key);
        if (!_one.Wait(0, CancellationToken.None))
        {
            throw Problems.TriedAlready();
        }

        try
        {
            await RunAsync(context, cache.Cache, key, readers, writes);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task RunAsync(HttpContext context, ICache<string, ReadOnlyMemory<byte>> cache, string key, int readers, int writes)
    {
        var stop = context.RequestAborted;
        var before = await cache.Operations.GetStatisticsAsync(stop);
        var began = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, readers).Select(_ => cache.GetAsync(key, stop).AsTask()));
        var read = time.GetElapsedTime(began);
        var between = await cache.Operations.GetStatisticsAsync(stop);

        var after = between;
        var (written, stored) = (TimeSpan.Zero, TimeSpan.Zero);
        if (writes > 0)
        {
            try
            {
                began = time.GetTimestamp();
                var receipts = await Task.WhenAll(Enumerable.Range(0, writes).Select(i => WriteAsync(cache, key, i, stop)));
                written = time.GetElapsedTime(began);
                await cache.WaitAsync(key, receipts.MaxBy(static receipt => receipt.Version), Durability.Stored, _patience, stop);
                stored = time.GetElapsedTime(began);
                after = await cache.Operations.GetStatisticsAsync(stop);
            }
            finally
            {
                // Not the request's token: what was made here is taken away whatever becomes of the page, or of the database.
                await cache.RemoveAsync(key, options: null, CancellationToken.None);
            }
        }

        await AnswerAsync(context, key, (readers, read, before, between), (writes, written, stored, after));
    }

    private static async Task<WriteReceipt> WriteAsync(
        ICache<string, ReadOnlyMemory<byte>> cache,
        string key,
        int number,
        CancellationToken stop
    ) =>
        await cache.SetAsync(
            key,
            Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)),
            new WriteOptions { ContentType = "text/plain" },
            stop
        );

    private static Task AnswerAsync(
        HttpContext context,
        string key,
        (int Asked, TimeSpan Took, CacheStatistics Before, CacheStatistics After) reads,
        (int Asked, TimeSpan Took, TimeSpan Stored, CacheStatistics After) writes
    )
    {
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteStartObject("reads"u8);
        writer.WriteNumber("asked"u8, reads.Asked);
        writer.WriteNumber("queries"u8, reads.After.Loads.Queries - reads.Before.Loads.Queries);
        writer.WriteNumber("ms"u8, Math.Round(reads.Took.TotalMilliseconds, 2));
        writer.WriteEndObject();
        writer.WriteStartObject("writes"u8);
        writer.WriteNumber("asked"u8, writes.Asked);

        // 0 where another process flushes.
        writer.WriteNumber("rows"u8, writes.After.Flush.Stored - reads.After.Flush.Stored);
        writer.WriteNumber("ms"u8, Math.Round(writes.Took.TotalMilliseconds, 2));
        writer.WriteNumber("storedMs"u8, Math.Round(writes.Stored.TotalMilliseconds, 2));
        writer.WriteEndObject();
        writer.WriteEndObject();
        return json.SendAsync(context, StatusCodes.Status200OK);
    }

    private static (int Readers, int Writes) Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        JsonBody.ExpectObject(ref reader);
        var (readers, writes) = (0, 0);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("readers"u8))
            {
                readers = Take(ref reader, "readers");
            }
            else if (reader.ValueTextEquals("writes"u8))
            {
                writes = Take(ref reader, "writes");
            }
            else
            {
                reader.Skip();
            }
        }

        return readers + writes > 0 ? (readers, writes) : throw Problems.BadRequest("readers or writes must be above 0.");
    }

    private static int Take(ref Utf8JsonReader reader, string name) =>
        reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) && number is >= 0 and <= Most
            ? number
            : throw Problems.MalformedJson($"{name} must be a number from 0 to {Most}.");
}
