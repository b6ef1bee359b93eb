using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.EntityFrameworkCore.Tests.Shop;
using Xunit;

namespace Remanso.EntityFrameworkCore.Tests;

/// <summary>A database that goes, on a server of its own, for the other tests would miss it. The provider's strategies
/// wrap each connection that is refused.</summary>
public sealed class PostgresEntityOutageTests : IAsyncLifetime
{
    private readonly PostgresServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_that_is_away_is_waited_for_at_the_start_and_makes_no_dead_letters(bool retries)
    {
        var address = new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Database = "away" }.ConnectionString;
        await using var bed = await EntityBed.CreateAsync(options => options.UseNpgsql(address, npgsql =>
                {
                    if (retries)
                    {
                        npgsql.EnableRetryOnFailure(1, TimeSpan.FromMilliseconds(1), null);
                    }
                }), static remanso => remanso.UsePostgresTables());
        await _server.StopAsync();

        var host = await bed.StartAsync(static remanso =>
            remanso.AddCache<OrderKey, Order>("orders", cache =>
                cache.UseEntity((ShopContext shop) => shop.Orders, order => order.SoftDelete("Deleted"))
            )
        );
        var orders = host.Services.GetRequiredService<ICache<OrderKey, Order>>();

        Assert.Contains(
            "orders",
            Assert.Single(host.Services.GetRequiredService<ICacheRegistry>().GetProblems()),
            StringComparison.Ordinal
        );
        await orders.SetAsync(new OrderKey("north", 1), new Order("north", 1) { Note = "kept" }, cancellationToken: Cancellation);
        for (var pass = 0; pass < 20; pass++)
        {
            Assert.Single((await orders.Operations.FlushAsync(Cancellation)).Failed);
        }

        var dirty = (await orders.Operations.GetStatisticsAsync(Cancellation)).Dirty;
        Assert.Equal((1, 0), (dirty.Entries, dirty.DeadLetters));

        await _server.StartAsync();
        Assert.Empty((await orders.Operations.FlushAsync(Cancellation)).Failed);
        Assert.Equal(1, await bed.ScalarAsync("""SELECT COUNT(*) FROM "Shop Orders" WHERE "Note" = 'kept'"""));
    }
}
