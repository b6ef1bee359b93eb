using Remanso.Redis.Tests.Tier;
using Xunit;

[assembly: AssemblyFixture(typeof(TierServer))]

namespace Remanso.Redis.Tests.Tier;

/// <summary>The Redis that the tier's tests share, each with caches of its own.</summary>
public sealed class TierServer : IAsyncLifetime
{
    private static int _caches;

    internal RedisProcess Process { get; private set; } = null!;

    public string Address => Process.Address;

    /// <summary>The name of a cache that no other test has.</summary>
    public static string NewCache() => $"test-{Interlocked.Increment(ref _caches)}";

    public async ValueTask InitializeAsync() => Process = await RedisProcess.StartAsync();

    /// <summary>Nobody was denied anything all the while: a tier that does without what it may not do would hide it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Process is null)
        {
            return;
        }

        try
        {
            Assert.Empty(await Process.CliAsync("ACL", "LOG"));
        }
        finally
        {
            await Process.DisposeAsync();
        }
    }
}
