using Microsoft.Extensions.Diagnostics.HealthChecks;
using Remanso;
using Remanso.AspNetCore;
using Remanso.AspNetCore.Health;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The caches among an application's health checks.</summary>
public static class RemansoHealthExtensions
{
    /// <summary>The tag of the check that the process answers.</summary>
    public const string Live = "live";

    /// <summary>The tag of the check that the caches can do their work.</summary>
    public const string Ready = "ready";

    /// <summary>Adds two checks: one with the tag <c>live</c>, healthy while the process answers; and one with the tag
    /// <c>ready</c>, with what is known of tier, store, lag, dead letters and circuit in its data. That one is degraded
    /// where nothing but loads fail: hits and writes go on, as in an <c>api</c> process whose store is down.
    /// </summary>
    /// <param name="builder">What <c>AddHealthChecks()</c> returns.</param>
    /// <param name="name">The name of the ready check; the other one has <c>-live</c> behind it.</param>
    /// <param name="failureStatus">What is reported where the caches can't do their work; unhealthy unless set.</param>
    public static IHealthChecksBuilder AddRemanso(
        this IHealthChecksBuilder builder,
        string name = "remanso",
        HealthStatus? failureStatus = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        builder.Add(new HealthCheckRegistration(name + "-live", static _ => new LiveCheck(), failureStatus, [Live]));
        return builder.Add(
            new HealthCheckRegistration(
                name,
                static services => new ReadyCheck(
                    services.GetRequiredService<ICacheRegistry>(),
                    services.GetService<TimeProvider>() ?? TimeProvider.System
                ),
                failureStatus,
                [Ready]
            )
        );
    }
}
