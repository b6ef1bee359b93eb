using Microsoft.Extensions.Logging;
using Remanso.Conformance.Tiers;

namespace Remanso.Tests.Support;

/// <summary>A cache whose tier counts as a remote one and can be taken away.</summary>
internal sealed class DownTier
{
    private readonly HashSet<string> _failing = [];
    private bool _isDown;

    public FaultyTier Tier { get; private set; } = null!;

    public static async Task<(CacheHarness Harness, DownTier Tier)> StartAsync(
        Action<CacheOptions>? configure = null,
        ILoggerFactory? loggers = null
    )
    {
        var down = new DownTier();
        var harness = await CacheHarness.StartAsync(
            configure,
            decorate: tier => down.Tier = new FaultyTier(tier) { IsLocal = false, Before = down.Before },
            loggers: loggers
        );
        return (harness, down);
    }

    /// <summary>From now on no operation reaches it.</summary>
    public void TakeAway() => _isDown = true;

    /// <summary>From now on these operations don't reach it.</summary>
    public void TakeAway(params string[] operations) => _failing.UnionWith(operations);

    /// <summary>It is there again.</summary>
    public void GiveBack()
    {
        _isDown = false;
        _failing.Clear();
    }

    /// <summary>It answers nothing until the result is disposed.</summary>
    public IDisposable Stall()
    {
        var stall = new Stalling();
        Tier.Before = _ => new ValueTask(stall.Over.Task);
        return stall;
    }

    private ValueTask Before(string operation) =>
        _isDown || _failing.Contains(operation)
            ? throw new TierUnavailableException("taken away by the test", mayHaveHappened: false)
            : ValueTask.CompletedTask;

    private sealed class Stalling : IDisposable
    {
        public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose() => Over.TrySetResult();
    }
}
