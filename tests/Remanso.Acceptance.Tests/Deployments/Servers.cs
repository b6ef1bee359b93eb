using Remanso.Conformance.Servers;

namespace Remanso.Acceptance.Tests.Deployments;

/// <summary>One server of each kind, for all behaviours: each has a cache and a table of its own there.</summary>
public sealed class Servers : IAsyncLifetime
{
    private readonly RedisServer _redis = new();

    internal PostgresServer Postgres { get; } = new();

    internal MariaDbServer MariaDb { get; } = new();

    internal string RedisAddress => _redis.Address;

    public async ValueTask InitializeAsync() =>
        await Task.WhenAll(_redis.InitializeAsync().AsTask(), Postgres.InitializeAsync().AsTask(), MariaDb.InitializeAsync().AsTask());

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await Postgres.DisposeAsync();
        await MariaDb.DisposeAsync();
    }
}
