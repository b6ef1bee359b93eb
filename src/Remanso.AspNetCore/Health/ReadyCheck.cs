using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Remanso.AspNetCore.Health;

// What is wrong is known without asking anybody. The numbers ask the tier; where it does not answer soon, they are left
// out.

/// <summary>Whether the caches can do their work, and how they are.</summary>
internal sealed class ReadyCheck(ICacheRegistry registry, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        SortedDictionary<string, object> data = new(StringComparer.Ordinal)
        {
            ["tier"] = registry.TierDescription,
            ["store"] = registry.StoreDescription,
        };
        foreach (var (name, statistics) in await StatisticsAsync(cancellationToken).ConfigureAwait(false))
        {
            data[name + ".dirty"] = statistics.Dirty.Entries;
            data[name + ".lag"] = statistics.Dirty.OldestAge;
            data[name + ".deadLetters"] = statistics.Dirty.DeadLetters;
            data[name + ".circuit"] = NameOf(statistics.Circuit);
        }

        var problems = registry.GetProblems();
        string[] told = [.. problems, .. registry.GetWarnings()];
        var status =
            told.Length == 0 ? HealthStatus.Healthy
            : problems.Count == 0 || registry.OnlyLoadsFail ? HealthStatus.Degraded
            : context.Registration.FailureStatus;
        return new HealthCheckResult(
            status,
            told.Length == 0 ? "The caches can do their work." : string.Join(' ', told),
            exception: null,
            data
        );
    }

    private static string NameOf(CircuitState circuit) =>
        circuit switch
        {
            CircuitState.Open => "open",
            CircuitState.HalfOpen => "half-open",
            _ => "closed",
        };

    private async ValueTask<IReadOnlyDictionary<string, CacheStatistics>> StatisticsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await registry
                .GetStatisticsAsync(cancellationToken)
                .AsTask()
                .WaitAsync(_patience, time, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TierUnavailableException or TimeoutException)
        {
            return new Dictionary<string, CacheStatistics>(StringComparer.Ordinal);
        }
    }
}
