using System.Threading.RateLimiting;
using Remanso.AspNetCore.OpenApi;
using Remanso.AspNetCore.Security.Audit;

namespace Remanso.AspNetCore.Security.Guards;

/// <summary>
/// Stands before everything that a server of its own answers, whatever the path: host names, pages of other sites, requests under
/// way.
/// </summary>
internal sealed class RequestGate(RequestDelegate next, RemansoSecurityOptions options, AuditLog audit) : IDisposable
{
    private readonly HostNames _hosts = new(options.Hosts);
    private readonly ConcurrencyLimiter _underWay = new(
        new ConcurrencyLimiterOptions { PermitLimit = options.MaxRequests, QueueLimit = 0 }
    );

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        {
            // What a page embeds it fetches by these methods; by the others another site's page is refused.
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
        }

        if (!_hosts.Serves(context))
        {
            return RefuseAsync(context, Refusal.WrongHost);
        }

        if (CrossSite.IsWrite(context.Request))
        {
            return RefuseAsync(context, Refusal.CrossSite);
        }

        // Whether the process lives is no matter of how much it does: who is told otherwise ends it.
        if (AsksWhetherItLives(context))
        {
            return next(context);
        }

        var lease = _underWay.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            lease.Dispose();
            return Refusal.Busy.SendAsync(context);
        }

        Task answer;
        try
        {
            answer = next(context);
        }
        catch
        {
            // Not every step behind this one is asynchronous.
            lease.Dispose();
            throw;
        }

        if (!answer.IsCompletedSuccessfully)
        {
            return FinishAsync(answer, lease);
        }

        lease.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _underWay.Dispose();

    // Below a prefix, routing knows it. At the root it may come later, or know a check of the application's own there.
    private static bool AsksWhetherItLives(HttpContext context) =>
        context.Request.Path == "/health/live"
        || ReferenceEquals(context.GetEndpoint()?.Metadata.GetMetadata<CallDescription>(), Calls.Live);

    private static async Task FinishAsync(Task answer, RateLimitLease lease)
    {
        using (lease)
        {
            await answer;
        }
    }

    private Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        audit.Refused(context, refusal, "-", CallName.SentCacheOf(context));
        return refusal.SendAsync(context);
    }
}
