using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Conformance.Tables;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>A mapped cache as an application declares it, from the write to the row.</summary>
public sealed class UseTableTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remanso-tables-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder.FullName, "shop.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Bursts_of_writes_reach_the_users_own_table_coalesced()
    {
        Execute(
            "CREATE TABLE orders (tenant TEXT, number INTEGER, customer TEXT, total TEXT, row_version INTEGER, deleted "
                + "INTEGER, PRIMARY KEY (tenant, number))"
        );
        using var host = Build();
        await host.StartAsync(Cancellation);
        var orders = host.Services.GetRequiredService<ICache<OrderKey, Order>>();

        for (var round = 1; round <= 50; round++)
        {
            for (var number = 0; number < 10; number++)
            {
                await orders.SetAsync(new OrderKey("a/b", number), new Order($"round {round}", number), cancellationToken: Cancellation);
            }
        }

        await orders.RemoveAsync(new OrderKey("a/b", 9), cancellationToken: Cancellation);
        await orders.Operations.FlushAsync(Cancellation);

        Assert.Equal(
            9L,
            Execute(
                "SELECT COUNT(*) FROM orders WHERE customer = 'round 50' AND tenant = 'a/b' AND deleted = 0 AND CAST(total "
                    + "AS INTEGER) = number"
            )
        );
        Assert.Equal(1L, Execute("SELECT COUNT(*) FROM orders WHERE deleted = 1"));
        Assert.False((await orders.GetAsync(new OrderKey("a/b", 9), ReadFrom.Store, Cancellation)).Found);

        Execute("UPDATE orders SET customer = 'foreign', row_version = row_version + 1 WHERE number = 3");
        await orders.InvalidateAsync([new OrderKey("a/b", 3)], Cancellation);
        Assert.Equal(new Order("foreign", 3), (await orders.GetAsync(new OrderKey("a/b", 3), Cancellation)).Value);
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_table_without_a_version_column_stops_the_start_with_one_line()
    {
        Execute(
            "CREATE TABLE orders (tenant TEXT, number INTEGER, customer TEXT, total TEXT, deleted INTEGER, PRIMARY KEY (tenant, number))"
        );
        using var host = Build();

        var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(() => host.StartAsync(Cancellation));

        Assert.Equal(
            "The table orders of the cache 'orders' has no version column 'row_version', without which an older write could "
                + "replace a newer one; "
                + "add it: ALTER TABLE \"orders\" ADD COLUMN \"row_version\" INTEGER NOT NULL DEFAULT 0;",
            refusal.Message
        );
    }

    [Fact]
    public void A_mapped_cache_without_a_database_is_refused()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddRemanso().AddCache<OrderKey, Order>("orders", cache => cache.UseTable(Map));
        using var host = builder.Build();

        Assert.Contains(
            "The cache 'orders' is mapped to the table orders, which needs a default store",
            Assert.Throws<CacheConfigurationException>(() => host.Services.GetRequiredService<ICacheRegistry>()).Message,
            StringComparison.Ordinal
        );
    }

    private static void Map(TableMappingBuilder<OrderKey, Order> table) =>
        table
            .Named("orders")
            .Key(key => key.Tenant, "tenant")
            .Key(key => key.Number, "number")
            .Column(order => order.Customer, "customer")
            .Column(order => order.Total, "total")
            .Version("row_version")
            .SoftDelete("deleted");

    private IHost Build()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddRemanso().UseSqlite(File).AddCache<OrderKey, Order>("orders", cache => cache.UseTable(Map));
        return builder.Build();
    }

    private object? Execute(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
