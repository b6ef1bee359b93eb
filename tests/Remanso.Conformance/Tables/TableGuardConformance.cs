using Remanso.Entries;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Tables;

/// <summary>The guard on tables of the user's: which write wins, what a delete leaves, what others may do to the rows.</summary>
public abstract class TableGuardConformance : TableConformance
{
    [Fact]
    public async Task Each_write_has_its_own_outcome_and_a_row_changes_only_if_its_version_is_lower()
    {
        var store = await CreateOrdersAsync();
        await store.SaveAsync([Write("a", 1, 5), Write("a", 2, 5), Write("b", 1, 5)], Cancellation);

        var outcomes = await store.SaveAsync(
            [
                Write("a", 1, 4, new Order("Late", 1)),
                Write("a", 2, 5, new Order("Again", 2)),
                Write("b", 1, 6, new Order("New", 3)),
                Write("c", 1, 1),
            ],
            Cancellation
        );

        Assert.Equal([SaveOutcome.Superseded(5), SaveOutcome.AlreadyStored, SaveOutcome.Applied, SaveOutcome.Applied], outcomes);
        Assert.Equal(2, await CountAsync("customer = 'Alice' AND row_version = 5"));
        Assert.Equal(1, await CountAsync("customer = 'New' AND row_version = 6"));
    }

    [Fact]
    public async Task A_stale_batch_changes_nothing()
    {
        var store = await CreateOrdersAsync();
        await store.SaveAsync([.. Enumerable.Range(0, 200).Select(i => Write("t", i, 100, new Order($"c{i}", i)))], Cancellation);
        await store.SaveAsync([Delete("t", 7, 101)], Cancellation);
        var before = await store.LoadAsync([.. Enumerable.Range(0, 200).Select(i => new OrderKey("t", i))], Cancellation);

        var outcomes = await store.SaveAsync(
            [.. Enumerable.Range(0, 200).Select(i => i % 3 == 0 ? Delete("t", i, 99) : Write("t", i, 99, new Order("stale", -1)))],
            Cancellation
        );

        Assert.All(outcomes, outcome => Assert.Equal(SaveOutcomeKind.Superseded, outcome.Kind));
        var after = await store.LoadAsync([.. Enumerable.Range(0, 200).Select(i => new OrderKey("t", i))], Cancellation);
        Assert.Equal(before.OrderBy(row => row.Key.Number), after.OrderBy(row => row.Key.Number));
        Assert.Equal(0, await CountAsync("customer = 'stale'"));
    }

    [Fact]
    public async Task A_row_changed_past_the_store_with_a_higher_version_wins()
    {
        var store = await CreateOrdersAsync();
        await store.SaveAsync([Write("a", 1, 5)], Cancellation);
        await Bed.ExecuteAsync("UPDATE orders SET customer = 'Foreign', row_version = 50");

        Assert.Equal([SaveOutcome.Superseded(50)], await store.SaveAsync([Write("a", 1, 49)], Cancellation));

        var row = await LoadAsync(store, new OrderKey("a", 1));
        Assert.Equal(("Foreign", 50L), (row!.Value.Value!.Customer, row.Value.Version));
    }

    [Fact]
    public async Task A_row_of_others_without_a_version_has_version_zero_and_loses_to_a_write()
    {
        var store = await CreateOrdersAsync();
        await Bed.ExecuteAsync("INSERT INTO orders (tenant, number, customer, total, state) VALUES ('a', 1, 'Foreign', 1, 'Paid')");

        var row = await LoadAsync(store, new OrderKey("a", 1));
        Assert.Equal(
            (0L, false, new Order("Foreign", 1) { State = OrderState.Paid }),
            (row!.Value.Version, row.Value.Deleted, row.Value.Value)
        );
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("a", 1, 1)], Cancellation));
        Assert.Equal(1, await CountAsync("customer = 'Alice' AND row_version = 1"));
    }

    [Fact]
    public async Task Columns_that_are_not_mapped_stay_as_they_are()
    {
        var store = await CreateOrdersAsync(
            more: $", deleted {Bed.TypeOf(Sql.Tables.ColumnKind.Boolean)}, region {Bed.TypeOf(Sql.Tables.ColumnKind.Text)} "
                + "DEFAULT 'north' NOT NULL"
        );
        await store.SaveAsync([Write("a", 1, 1)], Cancellation);
        await Bed.ExecuteAsync("UPDATE orders SET region = 'south'");

        await store.SaveAsync([Write("a", 1, 2, new Order("Bob", 1))], Cancellation);

        Assert.Equal(1, await CountAsync("customer = 'Bob' AND region = 'south'"));
    }

    [Fact]
    public async Task A_soft_delete_marks_the_row_keeps_its_columns_and_holds_late_writes_back()
    {
        var store = await CreateOrdersAsync();
        await store.SaveAsync([Write("a", 1, 5)], Cancellation);

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Delete("a", 1, 6)], Cancellation));
        Assert.Equal([SaveOutcome.AlreadyStored], await store.SaveAsync([Delete("a", 1, 6)], Cancellation));
        Assert.Equal([SaveOutcome.Superseded(6)], await store.SaveAsync([Write("a", 1, 5)], Cancellation));

        var row = await LoadAsync(store, new OrderKey("a", 1));
        Assert.Equal((true, 6L, null), (row!.Value.Deleted, row.Value.Version, row.Value.Value));
        Assert.Equal(1, await CountAsync("customer = 'Alice'"));

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("a", 1, 7)], Cancellation));
        Assert.False((await LoadAsync(store, new OrderKey("a", 1)))!.Value.Deleted);
    }

    [Fact]
    public async Task The_delete_of_a_key_without_a_row_leaves_a_tombstone_that_holds_late_writes_back()
    {
        var store = await CreateOrdersAsync();

        Assert.Equal(
            [SaveOutcome.Applied, SaveOutcome.Applied],
            await store.SaveAsync([Write("a", 0, 6), Delete("a", 1, 6)], Cancellation)
        );
        Assert.Equal([SaveOutcome.Superseded(6)], await store.SaveAsync([Write("a", 1, 5)], Cancellation));

        Assert.True((await LoadAsync(store, new OrderKey("a", 1)))!.Value.Deleted);
    }

    [Fact]
    public async Task Where_tombstones_are_not_to_be_inserted_the_delete_of_a_key_without_a_row_leaves_none()
    {
        var store = await CreateOrdersAsync(Orders().SoftDelete("deleted", insertsTombstones: false));
        await store.SaveAsync([Write("a", 2, 5)], Cancellation);

        Assert.Equal(
            [SaveOutcome.Applied, SaveOutcome.Superseded(5)],
            await store.SaveAsync([Delete("a", 1, 6), Delete("a", 2, 4)], Cancellation)
        );

        Assert.Equal(1, await CountAsync("1 = 1"));
    }

    [Fact]
    public async Task A_hard_delete_removes_a_row_only_if_its_version_is_lower()
    {
        var store = await CreateOrdersAsync(Orders().AllowHardDeletes(), more: string.Empty);
        await store.SaveAsync([Write("a", 1, 5), Write("a", 2, 5)], Cancellation);

        Assert.Equal(
            [SaveOutcome.Superseded(5), SaveOutcome.Applied, SaveOutcome.Applied],
            await store.SaveAsync([Delete("a", 1, 4), Delete("a", 2, 6), Delete("a", 3, 6)], Cancellation)
        );
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Delete("a", 2, 6)], Cancellation));

        Assert.Null(await LoadAsync(store, new OrderKey("a", 2)));
        Assert.Equal(1, await CountAsync("1 = 1"));
    }

    [Fact]
    public async Task A_time_can_mark_deleted_rows_and_times_are_noted_as_the_columns_hold_them()
    {
        var time = Bed.TypeOf(Sql.Tables.ColumnKind.Moment);
        var store = await CreateOrdersAsync(
            Orders().SoftDelete("deleted_at").Expiry("expires_at").UpdatedAt("updated_at"),
            more: $", deleted_at {time}, expires_at {time}, updated_at {Bed.TypeOf(Sql.Tables.ColumnKind.LongInteger)}"
        );
        const long End = 1_900_000_000_123_456;

        await store.SaveAsync([Write("a", 1, 1, expiresAt: End), Write("a", 2, 1), Write("a", 3, 1), Delete("b", 1, 1)], Cancellation);
        await store.SaveAsync([Delete("a", 3, 2)], Cancellation);

        Assert.Equal(End, (await LoadAsync(store, new OrderKey("a", 1)))!.Value.ExpiresAt);
        Assert.Equal(CacheEntry.Never, (await LoadAsync(store, new OrderKey("a", 2)))!.Value.ExpiresAt);
        Assert.True((await LoadAsync(store, new OrderKey("a", 3)))!.Value.Deleted);
        Assert.Equal(2, await CountAsync("deleted_at IS NOT NULL"));
        Assert.Equal(4, await CountAsync("updated_at > 1600000000000000"));

        await store.SaveAsync([Write("a", 3, 3)], Cancellation);
        Assert.Equal(1, await CountAsync("deleted_at IS NOT NULL"));
    }

    [Fact]
    public async Task A_row_that_the_database_refuses_keeps_its_whole_batch_out()
    {
        var store = await CreateOrdersAsync();
        await Bed.ExecuteAsync("CREATE UNIQUE INDEX one_customer ON orders (customer)");
        await store.SaveAsync([Write("a", 1, 1, new Order("Alice", 1))], Cancellation);

        var refused = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.SaveAsync(
                [Write("a", 2, 1, new Order("Bob", 1)), Write("a", 3, 1, new Order("Alice", 1)), Delete("a", 1, 2)],
                Cancellation
            )
        );

        Assert.False(refused.IsTransient);
        Assert.Equal(1, await CountAsync("customer = 'Alice' AND row_version = 1"));
        Assert.Equal(1, await CountAsync("1 = 1"));
    }

    [Fact]
    public async Task A_lifetime_without_a_column_for_its_end_is_refused_and_so_is_no_value()
    {
        var store = await CreateOrdersAsync();

        var lifetime = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.SaveAsync([Write("a", 1, 1, expiresAt: 5)], Cancellation)
        );
        var nothing = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.SaveAsync([Write("a", 1, 1) with { Value = null }], Cancellation)
        );

        Assert.False(lifetime.IsTransient);
        Assert.Contains("Expiry", lifetime.Message, StringComparison.Ordinal);
        Assert.False(nothing.IsTransient);
    }

    [Fact]
    public async Task Concurrent_batches_of_the_same_keys_leave_the_highest_versions()
    {
        await CreateOrdersAsync();
        const int Savers = 6;
        var mapping = Orders().SoftDelete("deleted").Build();

        await Task.WhenAll(
            Enumerable
                .Range(0, Savers)
                .Select(async s =>
                {
                    var store = Bed.Provider.Create("orders", mapping);
                    StoreWrite<OrderKey, Order>[] batch =
                    [
                        .. Enumerable
                            .Range(0, 40)
                            .Select(i => (i + s) % 5 == 0 ? Delete("t", i, ((i + s) % Savers) + 1) : Write("t", i, ((i + s) % Savers) + 1)),
                    ];
                    while (true)
                    {
                        try
                        {
                            await store.SaveAsync(batch, Cancellation);
                            return;
                        }
                        catch (StoreException exception) when (exception.IsTransient)
                        {
                            await Task.Yield();
                        }
                    }
                })
        );

        Assert.Equal(40, await CountAsync($"row_version = {Savers}"));
    }
}
