using Xunit;

namespace Remanso.Conformance.Servers;

/// <summary>One plain server, shared by the tests of a class. Tests that break their server start one of their own
/// (<see cref="RedisProcess.StartAsync(string[])"/>).</summary>
public sealed class RedisServer : IAsyncLifetime
{
    public RedisProcess Process { get; private set; } = null!;

    public string Address => Process.Address;

    /// <inheritdoc cref="RedisProcess.AdminAddress"/>
    public string AdminAddress => Process.AdminAddress;

    public async ValueTask InitializeAsync() => Process = await RedisProcess.StartAsync();

    public ValueTask DisposeAsync() => Process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
