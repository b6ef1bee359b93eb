using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.Postgres;
using Remanso.Stores;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>A server of its own, for the others would miss it.</summary>
public sealed class PostgresOutageTests : IAsyncLifetime
{
    private readonly PostgresServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_store_that_is_down_at_the_start_is_a_transient_error_and_can_be_asked_again()
    {
        await using var provider = new PostgresStoreProvider(PostgresAddress.Parse(_server.Url));
        var store = provider.Create("default");
        await _server.StopAsync();

        await AssertTransientAsync(() => store.InitializeAsync(Cancellation).AsTask());

        await _server.StartAsync();
        await store.InitializeAsync(Cancellation);
        Assert.Empty(await store.LoadAsync(["k"], Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_server_goes_errors_are_transient_and_when_it_returns_saves_go_on(bool crash)
    {
        await using var provider = new PostgresStoreProvider(PostgresAddress.Parse(_server.Url));
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("k", 1)], Cancellation);

        await (crash ? _server.KillAsync() : _server.StopAsync());
        await AssertTransientAsync(() => store.SaveAsync([Write("k", 2)], Cancellation).AsTask());
        await AssertTransientAsync(() => store.LoadAsync(["k"], Cancellation).AsTask());

        await _server.StartAsync();
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k", 2)], Cancellation));
        Assert.Equal(2, (await store.LoadAsync(["k"], Cancellation))[0].Version);
    }

    private static async Task AssertTransientAsync(Func<Task> act)
    {
        var exception = await Assert.ThrowsAsync<StoreException>(act);
        Assert.True(exception.IsTransient, exception.Message);
        Assert.DoesNotContain('\n', exception.Message);
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key, long version) =>
        new() { Key = key, Version = version, Value = "v"u8.ToArray(), ExpiresAt = CacheEntry.Never };
}
