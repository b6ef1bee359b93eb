using System.Runtime.CompilerServices;

namespace Remanso.AspNetCore.Http.Limits;

/// <summary>What callers may make the process hold, and for how long.</summary>
/// <param name="Budget">The bytes of all requests.</param>
/// <param name="Timeout">How long a body or an answer may take, beside a second for each MiB of it that was transferred.</param>
/// <param name="Time">The clock.</param>
internal sealed record TransferLimits(ByteBudget Budget, TimeSpan Timeout, TimeProvider Time)
{
    private const long BytesUnlessSet = 256L << 20;
    private const int ValuesAtOnce = 4;

    /// <summary>Bodies and values up to this size are not counted: the buffers of their connection hold them, whose
    /// number is bounded elsewhere.</summary>
    public const int Small = 16 << 10;

    // Of applications that did not register any: the API and the dashboard of the same caches share one budget.
    private static readonly ConditionalWeakTable<ICacheRegistry, TransferLimits> _unregistered = [];

    /// <summary>Bounds what of the budget is taken for values that are not here yet, to a half: a slow database, which
    /// makes that last, leaves the other half to whoever has bytes to move.</summary>
    public ByteBudget Ahead { get; } = new(Budget.Limit / 2, Time);

    /// <summary>How long a request waits for room: one to two seconds. Those that wait for each other give up one after
    /// the other, and make room for the rest.</summary>
    public static TimeSpan Patience => TimeSpan.FromSeconds(1 + Random.Shared.NextDouble());

    /// <summary>Those that a request's endpoint was mapped with.</summary>
    public static TransferLimits Of(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<TransferLimits>() ?? context.RequestServices.GetRequiredService<TransferLimits>();

    /// <summary>Those of an application.</summary>
    /// <exception cref="CacheConfigurationException">There would be no room for the largest value.</exception>
    public static TransferLimits Of(IServiceProvider services, RemansoApiOptions options, ICacheRegistry registry, TimeProvider time) =>
        services.GetService<TransferLimits>() ?? _unregistered.GetValue(registry, _ => Make(options, registry, time));

    /// <summary>The limits that the options set.</summary>
    /// <exception cref="CacheConfigurationException">There would be no room for the largest value.</exception>
    public static TransferLimits Make(RemansoApiOptions options, ICacheRegistry registry, TimeProvider time)
    {
        var most = (long)ValuesAtOnce * registry.Names.Select(registry.GetMaxValueBytes).DefaultIfEmpty().Max();
        return options.MaxBytesInFlight < most
            ? throw new CacheConfigurationException(
                $"{nameof(RemansoApiOptions.MaxBytesInFlight)} must be at least four times the largest MaxValueBytes "
                    + $"({most}), but is {options.MaxBytesInFlight}."
            )
            : new TransferLimits(
                new ByteBudget(options.MaxBytesInFlight ?? Math.Max(BytesUnlessSet, most), time),
                options.TransferTimeout,
                time
            );
    }
}
