using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Remanso.AspNetCore.Health;

/// <summary>The process answers: nothing that it depends on counts, for starting it again would mend none of that.</summary>
internal sealed class LiveCheck : IHealthCheck
{
    private static readonly Task<HealthCheckResult> _live = Task.FromResult(HealthCheckResult.Healthy("The process answers."));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => _live;
}
