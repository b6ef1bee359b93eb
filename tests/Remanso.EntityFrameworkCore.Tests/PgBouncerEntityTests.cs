using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Servers;
using Remanso.EntityFrameworkCore.Tests.Shop;
using Xunit;

namespace Remanso.EntityFrameworkCore.Tests;

/// <summary>Contexts behind a pooler that gives every transaction another session, with all settings at their defaults.</summary>
public sealed class PgBouncerEntityTests(PgBouncerServer server) : IClassFixture<PgBouncerServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_and_keep_what_is_written()
    {
        // The model is made past the pooler, which knows one database.
        await using (
            var direct = new ShopContext(new DbContextOptionsBuilder<ShopContext>().UseNpgsql(server.DirectConnectionString).Options)
        )
        {
            await direct.Database.EnsureCreatedAsync(Cancellation);
        }

        var address = $"Host=127.0.0.1;Port={server.Port};Username=postgres;Database=postgres";
        await using var bed = await EntityBed.CreateAsync(
            options => options.UseNpgsql(address),
            static remanso => remanso.UsePostgresTables()
        );
        var host = await bed.StartAsync(static remanso =>
            remanso.AddCache<OrderKey, Order>("orders", cache =>
                cache.UseEntity((ShopContext shop) => shop.Orders, order => order.SoftDelete("Deleted"))
            )
        );
        var orders = host.Services.GetRequiredService<ICache<OrderKey, Order>>();

        await Task.WhenAll(
            Enumerable
                .Range(1, 40)
                .Select(number =>
                    orders
                        .SetAsync(
                            new OrderKey("north", number),
                            new Order("north", number) { Note = $"n{number}" },
                            new WriteOptions { Durability = Durability.Stored },
                            Cancellation
                        )
                        .AsTask()
                )
        );

        await using var context = bed.Open();
        Assert.Equal(40, await context.Orders.CountAsync(static order => order.Note == "n" + order.Number, Cancellation));
    }
}
