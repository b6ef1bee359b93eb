namespace Remanso.Server.Http.Limits;

/// <summary>What callers may make the process hold, and for how long.</summary>
/// <param name="Budget">The bytes of all requests.</param>
/// <param name="Timeout">How long a body or an answer may take, beside a second for each MiB of it that was transferred.</param>
/// <param name="Time">The clock.</param>
internal sealed record TransferLimits(ByteBudget Budget, TimeSpan Timeout, TimeProvider Time)
{
    /// <summary>Bodies and values up to this size are not counted: the buffers of their connection hold them, whose number is bounded elsewhere.</summary>
    public const int Small = 16 << 10;

    /// <summary>How long a request waits for room: one to two seconds. Those that wait for each other give up one after the other, and make room for the rest.</summary>
    public static TimeSpan Patience => TimeSpan.FromSeconds(1 + Random.Shared.NextDouble());

    public static TransferLimits Of(HttpContext context) => context.RequestServices.GetRequiredService<TransferLimits>();
}
