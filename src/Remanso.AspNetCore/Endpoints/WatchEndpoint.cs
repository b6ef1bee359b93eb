using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Guards;
using Remanso.Entries;

namespace Remanso.AspNetCore.Endpoints;

// A client that reads too slowly is told of a gap by the watch, and one that does not read at all is cut off by the
// deadline of each event. Last-Event-ID goes on where the last event was, as far as this process still knows what came
// since; else the first event is a gap.
//
// Whether the caller may go on is asked before whatever is sent, so at each beat: a key that was revoked hears no more.
//
// The beat is counted from what was sent last, so it comes, too, where all that changes are keys that the caller may not
// read. It is then an event with a position, from which the caller goes on.

/// <summary><c>GET …/watch</c>: changes as server-sent events, until the client leaves or the process stops.</summary>
internal static class WatchEndpoint
{
    private const int MaxKeys = 1000;

    private static readonly TimeSpan _beat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    // Soon, for the server remembers for a minute; and whoever writes nothing is found out at the next beat.
    private static readonly byte[] _head = "retry: 1000\n\n"u8.ToArray();
    private static readonly byte[] _alive = ":\n\n"u8.ToArray();

    public static async Task InvokeAsync(HttpContext context, CacheContext cache)
    {
        var options = Wishes(context, cache, out var withValues);
        using var place = LastingAnswers.Enter(context);
        var stopping = context.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            options = options with { Begun = () => begun.TrySetResult() };
            var changes = cache.Cache.WatchAsync(options, ends.Token).GetAsyncEnumerator(ends.Token);
            await using (changes.ConfigureAwait(false))
            {
                await SendAsync(context, cache, changes, begun.Task, withValues, ends);
            }
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The client has gone, or the process stops: it will come again.
        }
    }

    private static async Task SendAsync(
        HttpContext context,
        CacheContext cache,
        IAsyncEnumerator<CacheChange<string, ReadOnlyMemory<byte>>> changes,
        Task begun,
        bool withValues,
        CancellationTokenSource ends
    )
    {
        var next = changes.MoveNextAsync().AsTask();
        try
        {
            // What keeps the tier from being heard is an ordinary answer. After that the head is due, whether there is a
            // change or not: who comes back to keys that are quiet has none, and waits for a sign that it is heard.
            await Task.WhenAny(next, begun);
            if (next.IsCompleted)
            {
                await next;
            }

            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            if (HttpMethods.IsHead(context.Request.Method))
            {
                return;
            }

            var time = TransferLimits.Of(context).Time;
            var pulse = new Pulse(time);
            await AnswerBody.WriteAsync(context, _head);
            while (await BeatUntilAsync(next, context, cache, pulse, time) && await next && AccessOf(context, cache, time) is { } access)
            {
                await TellAsync(context, cache, changes.Current, access, withValues, pulse);
                next = changes.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            if (!next.IsCompleted)
            {
                // The client takes no beat, or may hear no more. An enumeration that is under way can't be disposed of.
                await ends.CancelAsync();
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static async Task TellAsync(
        HttpContext context,
        CacheContext cache,
        CacheChange<string, ReadOnlyMemory<byte>> change,
        RemansoAccess access,
        bool withValues,
        Pulse pulse
    )
    {
        if (change.Key is not null && !access.Allows(RemansoScopes.Read, cache.Cache.Name, change.Key))
        {
            pulse.Unheard = change.Position;
            return;
        }

        if (change.Tag is not null && !access.AllowsEveryKey(RemansoScopes.Read, cache.Cache.Name))
        {
            // A tag may name things of others.
            change = change with { Tag = null };
        }

        await SendAsync(context, cache, change, withValues);
        pulse.Sent();
    }

    /// <summary>What the caller may do by now; null where the cache is none of that any more.</summary>
    private static RemansoAccess? AccessOf(HttpContext context, CacheContext cache, TimeProvider time) =>
        LastingAccess.Of(context, time) is { } access && access.Allows(RemansoScopes.Read, cache.Cache.Name) ? access : null;

    /// <summary>Sends beats until there is a change; false where the caller may hear no more.</summary>
    private static async Task<bool> BeatUntilAsync(Task next, HttpContext context, CacheContext cache, Pulse pulse, TimeProvider time)
    {
        while (!next.IsCompleted || pulse.Rest <= TimeSpan.Zero)
        {
            if (pulse.Rest > TimeSpan.Zero)
            {
                await next.WaitAsync(pulse.Rest, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            if (AccessOf(context, cache, time) is null)
            {
                return false;
            }

            await AnswerBody.WriteAsync(context, pulse.Beat());
            pulse.Sent();
        }

        return true;
    }

    private static async Task SendAsync(
        HttpContext context,
        CacheContext cache,
        CacheChange<string, ReadOnlyMemory<byte>> change,
        bool withValues
    )
    {
        var charge = RequestCharge.Of(context);
        var isRead = withValues && change.Kind == CacheChangeKind.Written;
        var read = default(ReadResult<ReadOnlyMemory<byte>>);
        var held = 0L;
        Problem? error = null;
        if (isRead && !await charge.TryReserveAsync(cache.MaxValueBytes, _patience))
        {
            (isRead, error) = (false, Problems.Busy().Problem);
        }
        else if (isRead)
        {
            (read, error) = await ReadAsync(context, cache, change.Key!);
            held = Math.Min(cache.MaxValueBytes, JsonValue.Copies * (long)read.Value.Length);
            charge.Settle(cache.MaxValueBytes, held);
        }

        try
        {
            await AnswerBody.WriteAsync(context, Format(change, isRead && error is null ? read : null, error));
        }
        finally
        {
            charge.Return(held);
        }
    }

    private static async ValueTask<(ReadResult<ReadOnlyMemory<byte>> Read, Problem? Error)> ReadAsync(
        HttpContext context,
        CacheContext cache,
        string key
    )
    {
        try
        {
            return (await cache.Cache.GetAsync(key, ReadFrom.Tier, context.RequestAborted), null);
        }
        catch (Exception exception) when (ErrorMap.Explain(exception) is { } problem)
        {
            return (default, problem);
        }
    }

    private static ReadOnlyMemory<byte> Format(
        CacheChange<string, ReadOnlyMemory<byte>> change,
        ReadResult<ReadOnlyMemory<byte>>? read,
        Problem? error
    )
    {
        using var stream = new MemoryStream();
        stream.Write(
            Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"id: {change.Position}\nevent: {NameOf(change.Kind)}\ndata: ")
            )
        );
        var head = (int)stream.Length;
        using (var json = new Utf8JsonWriter(stream, JsonBuffer.Options))
        {
            Write(json, change, read, error);
        }

        // An end of line would end the data. JSON that was stored as it was sent has them, between its tokens alone.
        var data = stream.GetBuffer().AsSpan(head..(int)stream.Length);
        data.Replace((byte)'\n', (byte)' ');
        data.Replace((byte)'\r', (byte)' ');

        stream.Write("\n\n"u8);
        return stream.GetBuffer().AsMemory(0, (int)stream.Length);
    }

    private static void Write(
        Utf8JsonWriter json,
        CacheChange<string, ReadOnlyMemory<byte>> change,
        ReadResult<ReadOnlyMemory<byte>>? read,
        Problem? error
    )
    {
        json.WriteStartObject();
        if (change.Kind == CacheChangeKind.Gap)
        {
            json.WriteString("gap", NameOf(change.Gap));
        }
        else if (change.Tag is not null)
        {
            json.WriteString("tag", change.Tag);
        }
        else if (change.Key is not null)
        {
            json.WriteString(Names.Key, change.Key);
        }

        if (change.Version > 0)
        {
            json.WriteNumber(Names.Version, change.Version);
        }

        if (error is not null)
        {
            error.WriteBeside(json);
        }
        else if (read is { Found: true } found)
        {
            // Of a version that came later, that one is told next.
            json.WriteNumber("valueVersion", found.Version);
            JsonValue.WriteTo(json, found.Value.Span, found.Entry.ContentType);
        }

        json.WriteEndObject();
    }

    private static string NameOf(CacheChangeKind kind) =>
        kind switch
        {
            CacheChangeKind.Gap => "gap",
            CacheChangeKind.Written => "written",
            CacheChangeKind.Removed => "removed",
            CacheChangeKind.Invalidated => "invalidated",
            CacheChangeKind.TagInvalidated => "tag-invalidated",
            _ => "all-invalidated",
        };

    private static string NameOf(WatchGap gap) =>
        gap switch
        {
            WatchGap.Begun => "begun",
            WatchGap.Lost => "lost",
            WatchGap.Restored => "restored",
            _ => "slow",
        };

    private static WatchOptions<string> Wishes(HttpContext context, CacheContext cache, out bool withValues)
    {
        var keys = Query.Keys(context.Request, MaxKeys);
        var prefix = Query.Prefix(context.Request);
        if (keys is not null && prefix is not null)
        {
            throw Problems.BadRequest("key and prefix can't both be given.");
        }

        foreach (var key in keys ?? [])
        {
            CacheKey.Validate(key);
            RemansoAccess.Of(context).Demand(RemansoScopes.Read, cache.Cache.Name, key);
        }

        withValues = Query.Values(context.Request);
        return new WatchOptions<string>
        {
            Keys = keys,
            Prefix = prefix,
            After = WatchPosition.TryParse(context.Request.Headers["Last-Event-ID"].ToString(), out var position) ? position : null,
        };
    }

    /// <summary>When the next beat is due, and what it tells.</summary>
    private sealed class Pulse(TimeProvider time)
    {
        private long _sent = time.GetTimestamp();

        /// <summary>The last change since then that the caller may not hear.</summary>
        public WatchPosition? Unheard { get; set; }

        public TimeSpan Rest => _beat - time.GetElapsedTime(_sent);

        public void Sent()
        {
            _sent = time.GetTimestamp();
            Unheard = null;
        }

        // With data, as without it there would be no event for whoever counts on its id.
        public ReadOnlyMemory<byte> Beat() =>
            Unheard is { } position ? Encoding.UTF8.GetBytes($"id: {position}\nevent: position\ndata: {{}}\n\n") : _alive;
    }
}
