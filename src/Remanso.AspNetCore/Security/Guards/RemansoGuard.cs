using System.Threading.RateLimiting;
using Remanso.AspNetCore.Security.Audit;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.AspNetCore.Security.Guards;

/// <summary>
/// Stands before every endpoint of the API. In this order: a page of another site may not write; who asks must be known; the scope
/// must be granted for
/// the cache; and the caller's rate must have room. All of it comes before a byte of the body is read. What depends on a key, the
/// endpoint asks of
/// <see cref="RemansoAccess"/> once it has decoded the key.
/// </summary>
internal sealed class RemansoGuard : IDisposable
{
    private readonly CallerLookup _callers;
    private readonly FailureBrake _brake;
    private readonly AuditLog _audit;
    private readonly PartitionedRateLimiter<string>? _rates;

    public RemansoGuard(RemansoSecurityOptions options, AuditLog audit, TimeProvider time, KeyRing? keys)
    {
        _callers = new CallerLookup(options, new HostNames(options.Hosts), keys);
        _brake = new FailureBrake(time);
        _audit = audit;
        _rates = options.RequestsPerSecond is { } rate ? Rates(rate) : null;
    }

    /// <summary>Lets a request through to its endpoint, or refuses it.</summary>
    public Task InvokeAsync(HttpContext context, ScopeRequirement need, RequestDelegate endpoint)
    {
        if (CrossSite.IsWrite(context.Request))
        {
            return RefuseAsync(context, Refusal.CrossSite, "-", CacheOf(context, need));
        }

        var caller = _callers.FindAsync(context);
        return caller.IsCompletedSuccessfully
            ? AdmitAsync(context, need, endpoint, caller.Result)
            : AdmitLaterAsync(context, need, endpoint, caller);
    }

    public void Dispose() => _rates?.Dispose();

    private async Task AdmitLaterAsync(HttpContext context, ScopeRequirement need, RequestDelegate endpoint, ValueTask<Caller> caller) =>
        await AdmitAsync(context, need, endpoint, await caller);

    private Task AdmitAsync(HttpContext context, ScopeRequirement need, RequestDelegate endpoint, in Caller caller)
    {
        context.Features.Set(caller.Access);
        var cache = CacheOf(context, need);
        if (need.Scope == RemansoScopes.None)
        {
            if (caller.Refusal is { } wrong && IsWrongKey(wrong))
            {
                // It is answered as to nobody, but leaves its trace as everywhere.
                _audit.Refused(context, BrakedOr(context, wrong), caller.Id, cache);
            }

            return endpoint(context);
        }

        if (caller.Refusal is { } unknown)
        {
            return RefuseAsync(context, BrakedOr(context, unknown), caller.Id, cache);
        }

        if (!need.IsMetBy(caller.Access, cache))
        {
            return RefuseAsync(context, Refusal.Forbidden(need.Scope, cache), caller.Id, cache);
        }

        if (caller.IsNamed)
        {
            context.Response.Headers.CacheControl = "no-store";
            if (_rates is not null && !HasRoom(caller.Id, out var seconds))
            {
                return RefuseAsync(context, Refusal.TooManyRequests(seconds), caller.Id, cache);
            }
        }

        return RunAsync(context, need, endpoint, caller.Id, cache);
    }

    private Task RunAsync(HttpContext context, ScopeRequirement need, RequestDelegate endpoint, string id, string? cache)
    {
        Task run;
        try
        {
            run = endpoint(context);
        }
        catch (RemansoAccessDeniedException denied)
        {
            return DenyAsync(context, denied, id);
        }

        if (!run.IsCompletedSuccessfully)
        {
            return FinishAsync(context, need, run, id, cache);
        }

        Record(context, need, id, cache);
        return Task.CompletedTask;
    }

    private async Task FinishAsync(HttpContext context, ScopeRequirement need, Task run, string id, string? cache)
    {
        try
        {
            await run;
        }
        catch (RemansoAccessDeniedException denied)
        {
            await DenyAsync(context, denied, id);
            return;
        }

        Record(context, need, id, cache);
    }

    private void Record(HttpContext context, ScopeRequirement need, string id, string? cache)
    {
        if ((need.Scope & RemansoScopes.Operate) != 0)
        {
            _audit.Operated(context, id, cache);
        }
    }

    private Task DenyAsync(HttpContext context, RemansoAccessDeniedException denied, string id)
    {
        var refusal = Refusal.Forbidden(denied);
        _audit.Denied(context, refusal, id, denied.Cache, denied.Key);
        return refusal.SendAsync(context);
    }

    private Task RefuseAsync(HttpContext context, Refusal refusal, string id, string? cache)
    {
        _audit.Refused(context, refusal, id, cache);
        return refusal.SendAsync(context);
    }

    // A caller without any key is no guesser.
    private static bool IsWrongKey(Refusal refusal) =>
        refusal.Status == StatusCodes.Status401Unauthorized && !ReferenceEquals(refusal, Refusal.NoKey);

    private Refusal BrakedOr(HttpContext context, Refusal refusal) =>
        IsWrongKey(refusal) && _brake.Count(context.Connection.RemoteIpAddress) is > 0 and var seconds
            ? Refusal.TooManyWrongKeys(seconds)
            : refusal;

    private bool HasRoom(string id, out int seconds)
    {
        using var lease = _rates!.AttemptAcquire(id);
        seconds = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 1;
        return lease.IsAcquired;
    }

    private static string? CacheOf(HttpContext context, ScopeRequirement need) =>
        need.Cache ?? context.Request.RouteValues["cache"] as string;

    private static PartitionedRateLimiter<string> Rates(int perSecond) =>
        PartitionedRateLimiter.Create<string, string>(id =>
            RateLimitPartition.GetTokenBucketLimiter(id, _ => new TokenBucketRateLimiterOptions
            {
                // In tenths of a second, so that a second's share is not spent in its first moment.
                TokenLimit = perSecond,
                TokensPerPeriod = Math.Max(1, perSecond / 10),
                ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1, perSecond / 10) / (double)perSecond),
                QueueLimit = 0,
                AutoReplenishment = true,
            })
        );
}
