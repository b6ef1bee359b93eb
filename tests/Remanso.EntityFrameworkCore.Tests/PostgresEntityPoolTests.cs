using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.EntityFrameworkCore.Tests.Shop;
using Xunit;

namespace Remanso.EntityFrameworkCore.Tests;

/// <summary>The pool of an application's contexts, whose server has become a replica: the address leads to another one by now.</summary>
public sealed class PostgresEntityPoolTests(PostgresServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a connection string")]
    [InlineData("a data source")]
    [InlineData("a data source of the provider's")]
    public async Task Is_emptied_whatever_has_it(string origin)
    {
        var database = $"shop_{Guid.NewGuid():N}";
        var address = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = database }.ConnectionString;
        await using var source = NpgsqlDataSource.Create(address);
        await using var bed = await EntityBed.CreateAsync(
            options =>
                _ = origin switch
                {
                    "a data source" => options.UseNpgsql(source),
                    "a connection string" => options.UseNpgsql(address),
                    _ => options.UseNpgsql(address, static npgsql => npgsql.ConfigureDataSource(static _ => { })),
                },
            Tables
        );
        var host = await bed.StartAsync(static remanso => remanso.AddCache<OrderKey, Order>("orders", cache =>
            {
                cache.Options.Flush.Interval = TimeSpan.FromHours(1);
                cache.UseEntity((ShopContext shop) => shop.Orders, order => order.SoftDelete("Deleted"));
            }));
        var orders = host.Services.GetRequiredService<ICache<OrderKey, Order>>();

        // What is opened from now on takes no writes, until the address leads to another server.
        await ExecuteAsync($"ALTER DATABASE {database} SET default_transaction_read_only = on");
        await ExecuteAsync($"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{database}'");
        Assert.False((await orders.GetAsync(new OrderKey("north", 1), Cancellation)).Found);
        await ExecuteAsync($"ALTER DATABASE {database} RESET default_transaction_read_only");

        await orders.SetAsync(new OrderKey("north", 1), new Order("north", 1) { Note = "kept" }, cancellationToken: Cancellation);
        var report = await orders.Operations.FlushAsync(Cancellation);

        Assert.Equal((1, ""), (report.Stored, string.Join(", ", report.Failed.Values)));
    }

    private static void Tables(RemansoBuilder remanso) => remanso.UsePostgresTables();

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
