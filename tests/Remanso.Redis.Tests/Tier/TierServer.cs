using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Xunit;

[assembly: AssemblyFixture(typeof(TierServer))]

namespace Remanso.Redis.Tests.Tier;

/// <summary>The Redis that the tier's tests share, each with caches of its own.</summary>
public sealed class TierServer : IAsyncLifetime
{
    private static int _caches;

    internal RedisProcess Process { get; private set; } = null!;

    public string Address => $"redis://127.0.0.1:{Process.Port}";

    /// <summary>The name of a cache that no other test has.</summary>
    public static string NewCache() => $"test-{Interlocked.Increment(ref _caches)}";

    public async ValueTask InitializeAsync() => Process = await RedisProcess.StartAsync();

    public ValueTask DisposeAsync() => Process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
