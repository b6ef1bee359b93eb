using Remanso.Sql.Tables;
using Xunit;

namespace Remanso.Conformance.Tables;

/// <summary>A table that can't keep a store's promises is refused at the start, in one line that names it and its cache.</summary>
public abstract class TableRefusalConformance : TableConformance
{
    [Fact]
    public async Task A_table_without_a_version_column_is_refused_with_the_statement_that_adds_one()
    {
        await CreateAsync("row_version", "stamp");
        var message = await RefusalAsync();

        Assert.Contains("no version column 'row_version'", message, StringComparison.Ordinal);
        await Bed.ExecuteAsync(message[message.IndexOf("ALTER TABLE", StringComparison.Ordinal)..]);

        await Bed.Provider.Create("orders", Orders().AllowHardDeletes().Build()).InitializeAsync(Cancellation);
    }

    [Fact]
    public async Task A_table_without_a_unique_key_is_refused_with_the_statement_that_adds_one()
    {
        await CreateAsync(", PRIMARY KEY (tenant, number)", string.Empty);
        var message = await RefusalAsync();

        Assert.Contains("no unique index on its key (tenant, number) alone", message, StringComparison.Ordinal);
        await Bed.ExecuteAsync(message[message.IndexOf("CREATE UNIQUE INDEX", StringComparison.Ordinal)..]);

        await Bed.Provider.Create("orders", Orders().AllowHardDeletes().Build()).InitializeAsync(Cancellation);
    }

    [Fact]
    public async Task A_unique_key_of_more_or_of_fewer_columns_is_not_enough()
    {
        await CreateAsync("PRIMARY KEY (tenant, number)", "UNIQUE (tenant), UNIQUE (tenant, number, note)");

        Assert.Contains("no unique index", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_that_does_not_exist_is_refused() =>
        Assert.Contains("does not exist", await RefusalAsync(), StringComparison.Ordinal);

    [Fact]
    public async Task Mapped_columns_that_the_table_lacks_are_refused_all_at_once()
    {
        await CreateAsync(
            "number INTEGER",
            "num INTEGER",
            ", PRIMARY KEY (tenant, number)",
            ", PRIMARY KEY (tenant, num)",
            "note ",
            "notes "
        );

        Assert.Contains("lacks mapped columns: number, note", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_that_needs_a_value_and_has_no_mapping_is_refused()
    {
        await CreateAsync("note ", "region INTEGER NOT NULL, note ");

        Assert.Contains("region", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_of_deletion_that_takes_no_null_is_refused()
    {
        await CreateAsync("note ", $"gone {Bed.TypeOf(ColumnKind.Moment)} NOT NULL, note ");

        Assert.Contains("must take NULL", await RefusalAsync(Orders().SoftDelete("gone")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_column_of_another_scale_is_refused_and_a_single_such_row_is_not()
    {
        await CreateAsync();
        await Bed.Provider.Create("orders", Orders().AllowHardDeletes().Build()).InitializeAsync(Cancellation);
        await Bed.ExecuteAsync("INSERT INTO orders (tenant, number, row_version) VALUES ('a', 1, 638000000000000000)");

        var message = await RefusalAsync();

        Assert.Contains("638000000000000000", message, StringComparison.Ordinal);
        Assert.Contains("row_version", message, StringComparison.Ordinal);
        await Bed.ExecuteAsync("INSERT INTO orders (tenant, number, row_version) VALUES ('a', 2, NULL)");
        await Bed.Provider.Create("orders", Orders().AllowHardDeletes().Build()).InitializeAsync(Cancellation);
    }

    private async Task CreateAsync(params string[] replacements)
    {
        var sql = $"""
            CREATE TABLE orders (tenant {Bed.TypeOf(ColumnKind.Text)}, number INTEGER, customer {Bed.TypeOf(
                ColumnKind.Text
            )}, total {Bed.TypeOf(ColumnKind.Number)},
            state {Bed.TypeOf(ColumnKind.Text)}, note {Bed.TypeOf(ColumnKind.Text)}, row_version {Bed.TypeOf(
                ColumnKind.LongInteger
            )}, PRIMARY KEY (tenant, number))
            """;
        for (var i = 0; i < replacements.Length; i += 2)
        {
            sql = sql.Replace(replacements[i], replacements[i + 1], StringComparison.Ordinal);
        }

        await Bed.ExecuteAsync(sql);
    }

    private async Task<string> RefusalAsync(TableMappingBuilder<OrderKey, Order>? mapping = null)
    {
        var store = Bed.Provider.Create("shop-orders", (mapping ?? Orders().AllowHardDeletes()).Build());

        var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await store.InitializeAsync(Cancellation));

        Assert.Contains("orders", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'shop-orders'", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        return refusal.Message;
    }
}
