using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Dashboard;

/// <summary><c>GET dashboard/snapshot?after=NUMBER&amp;run=RUN</c>: the next sample after one, for pages that events do not reach.
/// Whoever asks again and again looks as long as it asks.</summary>
internal sealed class SnapshotEndpoint(DashboardSampler sampler, FiguresJson figures, CancellationToken stopping)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var access = RemansoAccess.Of(context);
        var shown = figures.Shown(access, cache: null);
        var charted = figures.Shown(access, Query.Cache(context.Request));
        var after = Query.After(context.Request);
        using var place = sampler.TryEnter() ?? throw Problems.TooManyViewers();

        // A number of an earlier process at this address, or of another one that shares it, says nothing here.
        var run = Query.Run(context.Request);
        var known = after > sampler.Last.Number || run != sampler.Run ? 0 : after;
        var sample = await NextAsync(known == 0 ? sampler.Last.Number : known, context.RequestAborted);
        var json = JsonBuffer.Rent();
        json.Writer.WriteStartObject();
        if (known == 0)
        {
            json.Writer.WritePropertyName("start"u8);
            figures.WriteStart(json.Writer, charted, access);
        }

        json.Writer.WriteNumber("run"u8, sampler.Run);
        json.Writer.WritePropertyName("sample"u8);
        FiguresJson.Write(json.Writer, sample, shown, charted, known, access);
        json.Writer.WriteEndObject();
        context.Response.Headers.CacheControl = "no-store";
        await json.SendAsync(context, StatusCodes.Status200OK);
    }

    // Where the process stops no sample comes any more, and nobody must wait for one.
    private async Task<DashboardSample> NextAsync(long number, CancellationToken aborted)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        try
        {
            return await sampler.AfterAsync(number, ends.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            return sampler.Last;
        }
    }
}
