using System.Buffers;
using System.Text.Json;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Guards;

namespace Remanso.AspNetCore.Dashboard;

// The first event is start, with the charts' past; all others are sample. A page that does not take an event in time is
// cut off, and comes again by itself. Whether it may go on is asked before each event.

/// <summary><c>GET dashboard/events</c>: the figures as server-sent events, one a second, until the page goes or the
/// process stops.</summary>
internal sealed class EventsEndpoint(DashboardSampler sampler, FiguresJson figures, CancellationToken stopping)
{
    private static readonly TimeSpan _slowest = TimeSpan.FromSeconds(10);

    private static readonly byte[] _start = "retry: 1000\nevent: start\ndata: "u8.ToArray();
    private static readonly byte[] _sample = "event: sample\ndata: "u8.ToArray();

    public async Task InvokeAsync(HttpContext context)
    {
        using var place = sampler.TryEnter() ?? throw Problems.TooManyViewers();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var limits = TransferLimits.Of(context);
        var events = new EventBuffer(context, limits with { Timeout = limits.Timeout < _slowest ? limits.Timeout : _slowest });
        try
        {
            var after = 0L;
            RemansoAccess? before = null;
            List<int> shown = [],
                charted = [];
            while (true)
            {
                var sample = await sampler.AfterAsync(after, ends.Token);
                if (LastingAccess.Of(context, limits.Time) is not { } access)
                {
                    return;
                }

                if (access != before)
                {
                    // What it may see may be another part.
                    (before, after) = (access, 0);
                    shown = figures.Shown(access, cache: null);
                    charted = figures.Shown(access, Query.Cache(context.Request));
                }

                if (after == 0)
                {
                    await events.SendAsync(_start, writer => figures.WriteStart(writer, charted, access));
                }

                await events.SendAsync(_sample, writer => FiguresJson.Write(writer, sample, shown, charted, after, access));
                after = sample.Number;
            }
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The page has gone, or the process stops.
        }
    }

    /// <summary>Puts one event together, and sends it.</summary>
    private sealed class EventBuffer(HttpContext context, TransferLimits limits)
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(4096);

        public async Task SendAsync(ReadOnlyMemory<byte> head, Action<Utf8JsonWriter> write)
        {
            _bytes.ResetWrittenCount();
            _bytes.Write(head.Span);
            using (var json = new Utf8JsonWriter(_bytes, JsonBuffer.Options))
            {
                write(json);
            }

            _bytes.Write("\n\n"u8);
            using var deadline = new TransferDeadline(limits);
            await AnswerBody.WriteAsync(context, _bytes.WrittenMemory, deadline);
        }
    }
}
