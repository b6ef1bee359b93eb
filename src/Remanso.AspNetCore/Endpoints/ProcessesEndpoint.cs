using System.Text.Json;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;
using Remanso.Common;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>GET /v1/processes</c>: the processes that share the tier. However many ask, the tier is asked once a
/// second at most.</summary>
internal sealed class ProcessesEndpoint(ICacheRegistry registry, TimeProvider time)
{
    private static readonly TimeSpan _fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task<IReadOnlyList<RemansoProcess>>? _asked;
    private long _askedAt;

    public async Task InvokeAsync(HttpContext context)
    {
        var processes = await AskAsync(context.RequestAborted);
        var access = RemansoAccess.Of(context);
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteStartArray("processes"u8);
        foreach (var process in processes)
        {
            // Who may observe some of the caches sees what they consist of, and nothing else.
            ProcessShare[] shares = [.. process.Caches.Where(share => access.Allows(RemansoScopes.Observe, share.Cache))];
            if (shares.Length > 0)
            {
                Write(writer, process, shares);
            }
        }

        writer.WriteEndArray();
        writer.WriteBoolean("cut"u8, processes.Count >= RemansoProcess.Most);
        writer.WriteEndObject();
        context.Response.Headers.CacheControl = "no-store";
        await json.SendAsync(context, StatusCodes.Status200OK);
    }

    private async Task<IReadOnlyList<RemansoProcess>> AskAsync(CancellationToken stop)
    {
        Task<IReadOnlyList<RemansoProcess>> asked;
        lock (_gate)
        {
            if (_asked is null || (_asked.IsCompleted && time.GetElapsedTime(_askedAt) >= _fresh))
            {
                (_asked, _askedAt) = (registry.GetProcessesAsync(CancellationToken.None).AsTask(), time.GetTimestamp());

                // Those who asked may have given up by the time it fails.
                _asked.Forget();
            }

            asked = _asked;
        }

        try
        {
            return await asked.WaitAsync(_patience, time, stop);
        }
        catch (TimeoutException) when (!asked.IsFaulted)
        {
            throw new TierUnavailableException("The tier does not answer.", mayHaveHappened: false);
        }
    }

    private static void Write(Utf8JsonWriter writer, RemansoProcess process, ProcessShare[] shares)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, process.Id);
        writer.WriteBoolean("this"u8, process.IsThis);
        writer.WriteString("state"u8, StateOf(process.IsAlive));
        writer.WriteString("role"u8, process.Role);
        writer.WriteString("version"u8, process.Version);
        writer.WriteString("machine"u8, process.Machine);
        writer.WriteNumber("pid"u8, process.ProcessId);
        writer.WriteString("startedAt"u8, process.StartedAt.UtcDateTime);
        writer.WriteNumber("silentMs"u8, (long)process.Silence.TotalMilliseconds);
        writer.WriteStartObject("caches"u8);
        foreach (var share in shares)
        {
            writer.WriteStartObject(share.Cache);
            writer.WriteString("state"u8, StateOf(share.IsAlive));
            writer.WriteBoolean("flushes"u8, share.Flushes);
            writer.WriteStartArray("partitions"u8);
            foreach (var partition in share.Partitions)
            {
                writer.WriteNumberValue(partition);
            }

            writer.WriteEndArray();
            writer.WriteNumber("of"u8, share.PartitionCount);
            writer.WriteNumber("silentMs"u8, (long)share.Silence.TotalMilliseconds);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static ReadOnlySpan<byte> StateOf(bool isAlive) => isAlive ? "alive"u8 : "dead"u8;
}
