using System.Transactions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.EntityFrameworkCore.Tests.Shop;
using Xunit;

namespace Remanso.EntityFrameworkCore.Tests;

/// <summary>Caches in front of entities, from the caller's write to plain SQL and back, on every engine.</summary>
public abstract class EntityCacheSuite : IAsyncLifetime
{
    private EntityBed? _bed;

    private EntityBed Bed => _bed ?? throw new InvalidOperationException("The test has not begun.");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bed = await CreateBedAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_bed is not null)
        {
            await _bed.DisposeAsync();
        }
    }

    protected abstract Task<EntityBed> CreateBedAsync();

    [Theory]
    [InlineData(null)]
    [InlineData(ServiceLifetime.Singleton)]
    [InlineData(ServiceLifetime.Scoped)]
    public async Task Entities_updated_in_bursts_are_found_right_by_plain_sql(ServiceLifetime? factory)
    {
        var orders = await StartAsync(factory);
        string[] tenants = ["north", "a/b", "x' OR 1=1 --", "\U0001F600~"];

        for (var round = 1; round <= 20; round++)
        {
            await Task.WhenAll(
                from tenant in tenants
                from number in Enumerable.Range(0, 25)
                select orders.SetAsync(new OrderKey(tenant, number), Make(tenant, number, round), cancellationToken: Cancellation).AsTask()
            );
            if (round == 7)
            {
                await orders.Operations.FlushAsync(Cancellation);
            }
        }

        await orders.Operations.FlushAsync(Cancellation);

        Assert.Equal(100, await Bed.ScalarAsync("""SELECT COUNT(*) FROM "Shop Orders" """));
        Assert.Equal(
            100,
            await Bed.ScalarAsync(
                """SELECT COUNT(*) FROM "Shop Orders" WHERE total_cents = 2000 + "Number" AND "Status" = 'Paid' AND "Note" = 'round 20'"""
            )
        );
        Assert.Equal(25, await Bed.ScalarAsync("""SELECT COUNT(*) FROM "Shop Orders" WHERE "Tenant" = 'x'' OR 1=1 --'"""));
        await using var context = Bed.Open();
        var stored = await context.Orders.SingleAsync(order => order.Tenant == "a/b" && order.Number == 3, Cancellation);
        Assert.Equal(new Money(20.03m), stored.Total);
        var cached = await orders.GetAsync(new OrderKey("a/b", 3), Cancellation);
        Assert.Equal((stored.RowVersion, 0L), (cached.Version, cached.Value!.RowVersion));
    }

    [Fact]
    public async Task What_the_journal_has_of_one_database_goes_into_no_other()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-entity-journal-");
        string[] journals = [.. new[] { "first.db", "other.db", "same.db" }.Select(name => Path.Combine(folder.FullName, name))];
        var key = new OrderKey("north", 1);
        var orders = await StartAsync(Bed, journals[0]);
        await orders.SetAsync(key, Make("north", 1, 1), new WriteOptions { Durability = Durability.Logged }, Cancellation);
        // As a process that is killed leaves it.
        foreach (var journal in journals[1..])
        {
            File.Copy(journals[0], journal);
            File.Copy(journals[0] + "-wal", journal + "-wal");
        }

        await using var other = await CreateBedAsync();
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(other, journals[1]));
        Assert.Matches(
            "1 entries of the cache orders .* for the store [a-z]+:/.+/shop_.*, and the store is [a-z]+:/.+/shop_",
            refused.Message
        );

        var again = await StartAsync(Bed, journals[2]);
        Assert.Equal("round 1", (await again.GetAsync(key, Cancellation)).Value!.Note);
        await Bed.DisposeAsync();
        _bed = null;
        folder.Delete(recursive: true);

        static async Task<ICache<OrderKey, Order>> StartAsync(EntityBed bed, string journal)
        {
            var host = await bed.StartAsync(remanso =>
                remanso
                    .UseSqliteJournal(journal)
                    .AddCache<OrderKey, Order>("orders", static cache =>
                    {
                        cache.UseEntity((ShopContext shop) => shop.Orders, static order => order.SoftDelete("Deleted"));
                        cache.Options.Flush.Interval = TimeSpan.FromMinutes(1);
                    })
            );
            return host.Services.GetRequiredService<ICache<OrderKey, Order>>();
        }
    }

    [Fact]
    public async Task Entities_are_loaded_and_stored_apart_from_the_callers_transaction()
    {
        var orders = await StartAsync();
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            Assert.False((await orders.GetAsync(new OrderKey("north", 1), Cancellation)).Found);
            await orders.SetAsync(
                new OrderKey("north", 1),
                Make("north", 1, 1),
                new WriteOptions { Durability = Durability.Stored },
                Cancellation
            );
        }

        Assert.Equal(1, await Bed.ScalarAsync("""SELECT COUNT(*) FROM "Shop Orders" """));
    }

    [Fact]
    public async Task An_entity_of_others_is_loaded_through_the_mapping()
    {
        await using (var context = Bed.Open())
        {
            var order = Make("north", 1, 3);
            order.Customer = new Customer { Name = "Ann" };
            order.PlacedAt = new DateTime(2026, 3, 1, 12, 30, 0, DateTimeKind.Utc);
            order.Coupon = new Guid("a1b2c3d4-0000-4000-8000-00000000ffff");
            order.RowVersion = 17;
            context.Add(order);
            await context.SaveChangesAsync(Cancellation);
        }

        var orders = await StartAsync();
        var read = await orders.GetAsync(new OrderKey("north", 1), Cancellation);

        Assert.Equal(17, read.Version);
        Assert.Equal(
            ("north", 1, new Money(3.01m), OrderStatus.Paid, "round 3"),
            (read.Value!.Tenant, read.Value.Number, read.Value.Total, read.Value.Status, read.Value.Note)
        );
        Assert.Equal(new DateTime(2026, 3, 1, 12, 30, 0), read.Value.PlacedAt);
        Assert.Equal(new Guid("a1b2c3d4-0000-4000-8000-00000000ffff"), read.Value.Coupon);
        Assert.NotNull(read.Value.CustomerId);
        Assert.Null(read.Value.Customer);
        Assert.False((await orders.GetAsync(new OrderKey("north", 2), Cancellation)).Found);
    }

    [Fact]
    public async Task A_column_whose_name_json_escapes_keeps_its_value()
    {
        var orders = await StartAsync();
        var key = new OrderKey("north", 1);
        var order = Make("north", 1, 1);
        order.Coupon = new Guid("a1b2c3d4-0000-4000-8000-00000000ffff");
        await orders.SetAsync(key, order, cancellationToken: Cancellation);
        await orders.Operations.FlushAsync(Cancellation);

        await orders.PatchAsync(key, new { Total = new Money(7.5m) }, cancellationToken: Cancellation);
        await orders.Operations.FlushAsync(Cancellation);

        Assert.Equal(order.Coupon, (await orders.GetAsync(key, Cancellation)).Value!.Coupon);
        await using var context = Bed.Open();
        var stored = await context.Orders.SingleAsync(Cancellation);
        Assert.Equal((order.Coupon, new Money(7.5m)), (stored.Coupon, stored.Total));
    }

    [Fact]
    public async Task A_row_with_a_state_that_the_model_does_not_know_fails_its_own_key()
    {
        await using (var context = Bed.Open())
        {
            context.AddRange(Enumerable.Range(0, 10).Select(static number => Make("north", number, 1)));
            await context.SaveChangesAsync(Cancellation);
            await context.Database.ExecuteSqlRawAsync("""UPDATE "Shop Orders" SET "Status" = 'bogus' WHERE "Number" = 5""", Cancellation);
        }

        var orders = await StartAsync();
        var reads = await orders.GetManyAsync(
            [.. Enumerable.Range(0, 10).Select(static number => new OrderKey("north", number))],
            Cancellation
        );

        Assert.Equal([new OrderKey("north", 5)], reads.Where(static read => read.Value.Error is not null).Select(static read => read.Key));
        Assert.Equal(9, reads.Values.Count(static read => read.Error is null && read.Found));
        Assert.Contains("bogus", reads[new OrderKey("north", 5)].Error!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_changed_behind_the_caches_back_with_a_higher_version_wins_and_is_adopted()
    {
        var orders = await StartAsync();
        var key = new OrderKey("north", 1);
        await orders.SetAsync(key, Make("north", 1, 1), cancellationToken: Cancellation);
        await orders.Operations.FlushAsync(Cancellation);
        await Bed.ScalarAsync("""UPDATE "Shop Orders" SET "Note" = 'foreign', row_version = 9000000000000000""");

        await orders.SetAsync(key, Make("north", 1, 2), cancellationToken: Cancellation);
        await orders.Operations.FlushAsync(Cancellation);

        var read = await orders.GetAsync(key, Cancellation);
        Assert.Equal(("foreign", 9_000_000_000_000_000), (read.Value!.Note, read.Version));
        Assert.Equal(1, await Bed.ScalarAsync("""SELECT COUNT(*) FROM "Shop Orders" WHERE "Note" = 'foreign'"""));
    }

    [Fact]
    public async Task A_delete_marks_the_row_in_its_shadow_property()
    {
        var orders = await StartAsync();
        var key = new OrderKey("north", 1);
        await orders.SetAsync(key, Make("north", 1, 1), cancellationToken: Cancellation);
        await orders.Operations.FlushAsync(Cancellation);

        await orders.RemoveAsync(key, cancellationToken: Cancellation);
        await orders.Operations.FlushAsync(Cancellation);

        Assert.False((await orders.GetAsync(key, ReadFrom.Store, Cancellation)).Found);
        await using var context = Bed.Open();
        Assert.Equal("round 1", (await context.Orders.SingleAsync(order => EF.Property<bool>(order, "Deleted"), Cancellation)).Note);
    }

    [Fact]
    public async Task A_value_that_says_another_key_is_refused_before_it_is_accepted()
    {
        var orders = await StartAsync();

        var refusal = await Assert.ThrowsAsync<InvalidValueException>(async () =>
            await orders.SetAsync(new OrderKey("north", 1), Make("south", 1, 1), cancellationToken: Cancellation)
        );
        await orders.SetAsync(new OrderKey("north", 2), Make("north", 2, 1), cancellationToken: Cancellation);
        var report = await orders.Operations.FlushAsync(Cancellation);

        Assert.Equal(1, await Bed.ScalarAsync("""SELECT COUNT(*) FROM "Shop Orders" """));
        Assert.Contains("Order.Tenant is 'south', but its key says 'north'", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(report.Failed);
    }

    [Fact]
    public async Task A_patch_of_an_object_changes_the_columns_of_its_members_and_no_other_row()
    {
        var orders = await StartAsync();
        var key = new OrderKey("north", 1);
        await orders.SetAsync(key, Make("north", 1, 1), cancellationToken: Cancellation);
        await orders.Operations.FlushAsync(Cancellation);

        await orders.PatchAsync(key, new { Total = new Money(7.5m), Earlier = OrderStatus.Paid }, cancellationToken: Cancellation);
        await orders.Operations.FlushAsync(Cancellation);

        Assert.Equal(new Money(7.5m), (await orders.GetAsync(key, Cancellation)).Value!.Total);
        Assert.Equal(1, await Bed.ScalarAsync("""SELECT COUNT(*) FROM "Shop Orders" WHERE total_cents = 750 AND "Note" = 'round 1'"""));
        foreach (var refused in (object[])[new { Sum = 5 }, new { Note = (string?)null }, new { Tenant = "south" }])
        {
            await Assert.ThrowsAsync<InvalidMergeException>(async () =>
                await orders.PatchAsync(key, refused, cancellationToken: Cancellation)
            );
        }

        await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await orders.PatchAsync(new OrderKey("north", 2), new { Total = new Money(1m) }, cancellationToken: Cancellation)
        );
        Assert.Equal(0, (await orders.Operations.GetStatisticsAsync(Cancellation)).Dirty.Entries);
    }

    [Fact]
    public async Task A_key_may_be_a_tuple_and_an_entity_may_leave_out_what_is_no_column()
    {
        var host = await Bed.StartAsync(remanso =>
            remanso
                .AddCache<(string Tenant, int Number), Order>("orders", cache =>
                    cache.UseEntity((ShopContext shop) => shop.Orders, order => order.SoftDelete("Deleted", insertsTombstones: false))
                )
                .AddCache<int, Parcel>("parcels", cache =>
                    cache.UseEntity(
                        (ShopContext shop) => shop.Parcels,
                        parcel =>
                            parcel
                                .Version(p => p.Version)
                                .AllowHardDeletes()
                                .Ignore(p => p.Address)
                                .Ignore("Secret")
                                .Ignore(p => p.CreatedAt)
                                .WriteAsIs(p => p.Priority)
                    )
                )
        );
        var orders = host.Services.GetRequiredService<ICache<(string Tenant, int Number), Order>>();
        var parcels = host.Services.GetRequiredService<ICache<int, Parcel>>();

        await orders.SetAsync(("north", 1), Make("north", 1, 4), new WriteOptions { Durability = Durability.Stored }, Cancellation);
        await parcels.SetAsync(7, new Parcel { Id = 7, Name = "box" }, new WriteOptions { Durability = Durability.Stored }, Cancellation);
        await orders.InvalidateAsync([("north", 1)], Cancellation);

        Assert.Equal("round 4", (await orders.GetAsync(("north", 1), Cancellation)).Value!.Note);
        Assert.Equal(1, await Bed.ScalarAsync("""SELECT COUNT(*) FROM "Parcels" WHERE "Id" = 7 AND "Name" = 'box' AND "Version" > 0"""));
        // What is left out has the database's default, what is written as it is has the entity's.
        Assert.Equal(1, await Bed.ScalarAsync("""SELECT COUNT(*) FROM "Parcels" WHERE "Priority" = 0 AND "CreatedAt" > '2020-01-01'"""));
        await parcels.RemoveAsync(7, new WriteOptions { Durability = Durability.Stored }, Cancellation);
        Assert.Equal(0, await Bed.ScalarAsync("""SELECT COUNT(*) FROM "Parcels" """));
    }

    [Theory]
    [InlineData("no version", "has no version")]
    [InlineData("owned", "owns Address, which is no column: leave it out with Ignore(\"Address\")")]
    [InlineData("shadow", "has the shadow property Secret")]
    [InlineData("generated", "has the property CreatedAt, which the database generates")]
    [InlineData("default", "leave it out with Ignore(\"Priority\"), or say WriteAsIs(\"Priority\")")]
    [InlineData("delete", "must say what a delete does")]
    [InlineData("type", "has the version Name of type String; it must be long")]
    public async Task What_the_model_can_not_answer_is_refused_in_one_line(string what, string expected)
    {
        var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            Bed.StartAsync(remanso => remanso.AddCache<int, Parcel>("parcels", cache => cache.UseEntity(
                        (ShopContext shop) => shop.Parcels,
                        parcel =>
                        {
                            if (what != "owned")
                            {
                                parcel.Ignore(p => p.Address);
                            }

                            if (what is not ("owned" or "shadow"))
                            {
                                parcel.Ignore("Secret");
                            }

                            if (what != "generated")
                            {
                                parcel.Ignore(p => p.CreatedAt);
                            }

                            if (what != "default")
                            {
                                parcel.WriteAsIs(p => p.Priority);
                            }

                            if (what is "owned" or "shadow" or "delete" or "generated" or "default")
                            {
                                parcel.Version(p => p.Version);
                            }

                            if (what == "type")
                            {
                                parcel.Version("Name");
                            }

                            if (what != "delete")
                            {
                                parcel.AllowHardDeletes();
                            }
                        }
                    )))
        );

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public async Task An_entity_that_shares_its_rows_with_another_is_refused() =>
        Assert.Contains(
            "the entity Ticket: it shares its table with TicketNotes",
            (
                await Assert.ThrowsAsync<CacheConfigurationException>(() =>
                    Bed.StartAsync(remanso =>
                        remanso.AddCache<int, Ticket>("tickets", cache =>
                            cache.UseEntity((ShopContext shop) => shop.Tickets, ticket => ticket.Version("Version").AllowHardDeletes())
                        )
                    )
                )
            ).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public async Task A_key_that_does_not_match_the_entitys_is_refused() =>
        Assert.Contains(
            "String Tenant, Int32 Number",
            (
                await Assert.ThrowsAsync<CacheConfigurationException>(() =>
                    Bed.StartAsync(remanso =>
                        remanso.AddCache<string, Order>("orders", cache =>
                            cache.UseEntity((ShopContext shop) => shop.Orders, order => order.AllowHardDeletes())
                        )
                    )
                )
            ).Message,
            StringComparison.Ordinal
        );

    private static Order Make(string tenant, int number, int round) =>
        new(tenant, number)
        {
            Total = new Money(round + (number / 100m)),
            Status = OrderStatus.Paid,
            Note = $" round {round} ",
        };

    private async Task<ICache<OrderKey, Order>> StartAsync(ServiceLifetime? factory = null)
    {
        var host = await Bed.StartAsync(
            static remanso =>
                remanso.AddCache<OrderKey, Order>("orders", cache =>
                    cache.UseEntity((ShopContext shop) => shop.Orders, order => order.SoftDelete("Deleted"))
                ),
            factory
        );
        return host.Services.GetRequiredService<ICache<OrderKey, Order>>();
    }
}
