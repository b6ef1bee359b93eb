using System.Threading.RateLimiting;
using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Security.Guards;

/// <summary>Bounds the answers that last as long as their clients like, to half of all requests under way: the other half is left
/// to those that end.</summary>
internal sealed class LastingAnswers(RemansoSecurityOptions options) : IDisposable
{
    private readonly ConcurrencyLimiter _underWay = new(
        new ConcurrencyLimiterOptions { PermitLimit = Math.Max(1, options.MaxRequests / 2), QueueLimit = 0 }
    );

    /// <summary>Takes a place until it is disposed of; null where the application bounds no requests.</summary>
    /// <exception cref="ProblemException">There is none.</exception>
    public static IDisposable? Enter(HttpContext context)
    {
        if (context.RequestServices.GetService<LastingAnswers>() is not { } all)
        {
            return null;
        }

        var lease = all._underWay.AttemptAcquire();
        if (lease.IsAcquired)
        {
            return lease;
        }

        lease.Dispose();
        throw Problems.TooManyLasting();
    }

    public void Dispose() => _underWay.Dispose();
}
