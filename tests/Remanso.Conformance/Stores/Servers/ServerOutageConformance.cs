using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Stores.Servers;

/// <summary>What a store of a database server does when the server goes: on a server of the suite's own, for the others
/// would miss it.</summary>
/// <remarks>Not among the suites of all stores, for a file goes nowhere.</remarks>
public abstract class ServerOutageConformance(IDatabaseServer server) : IAsyncLifetime
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => server.InitializeAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return server.DisposeAsync();
    }

    [Fact]
    public async Task A_store_that_is_down_at_the_start_is_a_transient_error_and_can_be_asked_again()
    {
        await using var provider = CreateProvider();
        var store = provider.Create("default");
        await server.StopAsync();

        await AssertTransientAsync(() => store.InitializeAsync(Cancellation).AsTask());

        await server.StartAsync();
        await store.InitializeAsync(Cancellation);
        Assert.Empty(await store.LoadAsync(["k"], Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_server_goes_errors_are_transient_and_when_it_returns_saves_go_on(bool crash)
    {
        await using var provider = CreateProvider();
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("k", 1)], Cancellation);

        await (crash ? server.KillAsync() : server.StopAsync());
        await AssertTransientAsync(() => store.SaveAsync([Write("k", 2)], Cancellation).AsTask());
        await AssertTransientAsync(() => store.LoadAsync(["k"], Cancellation).AsTask());

        await server.StartAsync();
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k", 2)], Cancellation));
        Assert.Equal(2, (await store.LoadAsync(["k"], Cancellation))[0].Version);
    }

    /// <summary>Stores on the server.</summary>
    private protected abstract IStoreProvider CreateProvider();

    protected static async Task AssertTransientAsync(Func<Task> act)
    {
        var exception = await Assert.ThrowsAsync<StoreException>(act);
        Assert.True(exception.IsTransient, exception.Message);
        Assert.DoesNotContain('\n', exception.Message);
    }

    protected static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key, long version) =>
        new()
        {
            Key = key,
            Version = version,
            Value = "v"u8.ToArray(),
            ExpiresAt = CacheEntry.Never,
        };
}
