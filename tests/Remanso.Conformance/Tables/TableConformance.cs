using Remanso.Entries;
using Remanso.Sql.Tables;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Tables;

/// <summary>What the suites of mapped tables share: an empty database for each test, a table of orders, and words to
/// write tests with.</summary>
public abstract class TableConformance : IAsyncLifetime
{
    protected const string OrdersTable = "orders";

    private TableTestBed? _bed;

    private protected TableTestBed Bed => _bed ?? throw new InvalidOperationException("The test has not begun.");

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bed = await CreateBedAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_bed is not null)
        {
            await _bed.DisposeAsync();
        }
    }

    /// <summary>Makes an empty database.</summary>
    private protected abstract ValueTask<TableTestBed> CreateBedAsync();

    protected static TableMappingBuilder<OrderKey, Order> Orders(TableMappingBuilder<OrderKey, Order>? table = null) =>
        (table ?? new TableMappingBuilder<OrderKey, Order>())
            .Named(OrdersTable)
            .Key(key => key.Tenant, "tenant")
            .Key(key => key.Number, "number")
            .Column(order => order.Customer, "customer")
            .Column(order => order.Total, "total")
            .ColumnAsText(order => order.State, "state")
            .Column(order => order.Note, "note")
            .Version("row_version");

    /// <summary>Makes the table of orders, and its store.</summary>
    /// <param name="mapping">The mapping; <see cref="Orders"/> with the flag <c>deleted</c> unless given.</param>
    /// <param name="more">More columns, in SQL, each after a comma.</param>
    protected async Task<IBackingStore<OrderKey, Order>> CreateOrdersAsync(
        TableMappingBuilder<OrderKey, Order>? mapping = null,
        string? more = null
    )
    {
        await Bed.ExecuteAsync(
            $"""
            CREATE TABLE {OrdersTable} (
                tenant {Bed.TypeOf(ColumnKind.Text)} NOT NULL, number {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL,
                customer {Bed.TypeOf(ColumnKind.Text)} NOT NULL, total {Bed.TypeOf(ColumnKind.Number)} NOT NULL,
                state {Bed.TypeOf(ColumnKind.Text)} NOT NULL, note {Bed.TypeOf(ColumnKind.Text)}, row_version {Bed.TypeOf(
                ColumnKind.LongInteger
            )}
                {more ?? $", deleted {Bed.TypeOf(ColumnKind.Boolean)}"}, PRIMARY KEY (tenant, number))
            """
        );
        var store = Bed.Provider.Create("orders", (mapping ?? Orders().SoftDelete("deleted")).Build());
        await store.InitializeAsync(Cancellation);
        return store;
    }

    protected static StoreWrite<OrderKey, Order> Write(
        string tenant,
        int number,
        long version,
        Order? order = null,
        long expiresAt = CacheEntry.Never
    ) =>
        new()
        {
            Key = new OrderKey(tenant, number),
            Value = order ?? new Order("Alice", 10),
            Version = version,
            ExpiresAt = expiresAt,
        };

    protected static StoreWrite<OrderKey, Order> Delete(string tenant, int number, long version) =>
        new()
        {
            Key = new OrderKey(tenant, number),
            Value = null,
            Version = version,
            Deleted = true,
            ExpiresAt = CacheEntry.Never,
        };

    protected static async Task<StoreRow<TKey, TValue>?> LoadAsync<TKey, TValue>(IBackingStore<TKey, TValue> store, TKey key)
        where TKey : notnull
    {
        var rows = await store.LoadAsync([key], Cancellation);
        return rows.Count == 0 ? null : Assert.Single(rows);
    }

    protected Task<long> CountAsync(string condition) => ScalarAsync($"SELECT COUNT(*) FROM {OrdersTable} WHERE {condition}");

    protected async Task<long> ScalarAsync(string sql) =>
        Convert.ToInt64(await Bed.ExecuteAsync(sql), System.Globalization.CultureInfo.InvariantCulture);
}
