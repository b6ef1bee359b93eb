using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;
using Remanso.Entries;
using Remanso.Sql.Tables;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>Which values a column of PostgreSQL gives back as they went in, and that the others are told.</summary>
public sealed class PostgresColumnTests(PostgresServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_column_that_can_not_be_read_is_told_at_the_start()
    {
        await RefusesAsync<Guid>("text", "uuid");
        await RefusesAsync<Guid>("character varying(36)", "uuid");
        await RefusesAsync<Guid?>("wide", "uuid", "text");
        await RefusesAsync<string>("uuid", "text");
        await RefusesAsync<string>("integer", "text");
        await RefusesAsync<string>("inet", "text");
        await RefusesAsync<string>("timestamp without time zone", "text");
        await RefusesAsync<string>("bytea", "text");
        await RefusesAsync<string>("name", "text");
        await RefusesAsync<decimal>("double precision", "numeric");
        await RefusesAsync<bool>("integer", "boolean");
        await RefusesAsync<int>("boolean", "smallint, integer, bigint or numeric");
        await RefusesAsync<DateOnly>("timestamp without time zone", "date");
        await RefusesAsync<DateTime>("text", "timestamptz");
        await RefusesAsync<TimeOnly>("interval", "time");
        await RefusesAsync<OrderState>("character varying", "smallint");
        await RefusesAsync<byte[]>("text", "bytea");
        await RefusesAsync<DateTime>("bigint", "timestamptz or timestamp");
        await RefusesAsync<DateTimeOffset>("integer", "timestamptz or timestamp");
        await RefusesAsync<TimeSpan>("bigint", "interval");
        await RefusesAsync<long>("timestamp with time zone", "smallint, integer, bigint or numeric");
    }

    [Fact]
    public async Task Other_types_than_the_usual_ones_give_back_what_went_in()
    {
        await KeepsAsync(12, "smallint", "bigint", "numeric");
        await KeepsAsync(12L, "integer", "numeric");
        await KeepsAsync(12m, "integer", "bigint", "money");
        await KeepsAsync(12ul, "bigint", "numeric(20)");
        await KeepsAsync(12.5, "real", "numeric");
        await KeepsAsync(12d, "integer");
        await KeepsAsync("[1, 2]", "json", "jsonb", "varchar(8)", "char(6)", "wide");
        await KeepsAsync("<a/>", "xml");
        await KeepsAsync(new DateTime(2026, 5, 1), "date", "timestamp");
        await KeepsAsync(DateTime.MaxValue, "date", "timestamp");
        await KeepsAsync(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero), "date", "timestamp");
        await KeepsAsync(new TimeSpan(23, 59, 59), "time", "interval");
        await KeepsAsync(TimeSpan.FromHours(-26), "interval");
        await KeepsAsync(OrderState.Shipped, "smallint", "integer");
    }

    [Fact]
    public async Task What_a_column_would_round_or_cut_off_is_refused()
    {
        await RefusesValueAsync(12.5m, "integer", "holds whole numbers alone");
        await RefusesValueAsync(12.5, "bigint", "holds whole numbers alone");
        await RefusesValueAsync(12.5f, "smallint", "holds whole numbers alone");
        await RefusesValueAsync(double.NaN, "integer", "is integer, which holds whole numbers alone");
        await RefusesValueAsync(TimeSpan.FromHours(26), "time", "less than a day");
        await RefusesValueAsync(TimeSpan.FromHours(-1), "time", "less than a day");
        await RefusesValueAsync(new DateTime(2026, 5, 1, 12, 0, 0), "date", "no time of day");
        await RefusesValueAsync(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.FromHours(2)), "date", "no time of day");
    }

    [Fact]
    public async Task The_last_and_the_first_day_are_what_the_driver_makes_of_them_everywhere()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE prices (sku text, valid_to date, since date, v bigint, PRIMARY KEY (sku, valid_to))");
        await bed.ExecuteAsync("INSERT INTO prices VALUES ('a', 'infinity', '-infinity', 1)");
        var store = bed.Provider.Create(
            "prices",
            new TableMappingBuilder<(string Sku, DateOnly ValidTo), DateOnly>()
                .Named("prices")
                .Key(key => key.Sku, "sku")
                .Key(key => key.ValidTo, "valid_to")
                .Column(since => since, "since")
                .Version("v")
                .AllowHardDeletes()
                .Build()
        );
        await store.InitializeAsync(Cancellation);
        var key = ("a", DateOnly.MaxValue);

        Assert.Equal(DateOnly.MinValue, Assert.Single(await store.LoadAsync([key], Cancellation)).Value);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write(key, DateOnly.MaxValue)], Cancellation));
        Assert.Equal(
            "infinity infinity 5",
            await bed.ExecuteAsync("SELECT string_agg(valid_to || ' ' || since || ' ' || v, ',') FROM prices WHERE sku = 'a'")
        );
        await store.SaveAsync([Write(key, DateOnly.MinValue) with { Version = 6 }], Cancellation);
        Assert.Equal("-infinity", await bed.ExecuteAsync("SELECT since::text FROM prices WHERE sku = 'a'"));
        Assert.Equal(DateOnly.MinValue, Assert.Single(await store.LoadAsync([key], Cancellation)).Value);
    }

    private async Task RefusesAsync<TValue>(string type, string fitting, string? told = null)
    {
        await using var bed = await BedAsync(type);
        var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(async () =>
            await Sums<TValue>(bed).InitializeAsync(Cancellation)
        );
        Assert.Contains(
            $"of the cache 'sums' can't be used: the column n is {told ?? type.Split('(')[0]}; {fitting}",
            refusal.Message,
            StringComparison.Ordinal
        );
    }

    private async Task KeepsAsync<TValue>(TValue value, params string[] types)
    {
        foreach (var type in types)
        {
            await using var bed = await BedAsync(type);
            var store = Sums<TValue>(bed);
            await store.InitializeAsync(Cancellation);

            Assert.Null(store.WhyRefused(Write(1, value)));
            Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write(1, value)], Cancellation));
            Assert.Equal(value, Assert.Single(await store.LoadAsync([1], Cancellation)).Value);
        }
    }

    private async Task RefusesValueAsync<TValue>(TValue value, string type, string reason)
    {
        await using var bed = await BedAsync(type);
        var store = Sums<TValue>(bed);
        await store.InitializeAsync(Cancellation);

        Assert.Contains(reason, store.WhyRefused(Write(1, value)), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write(1, value)], Cancellation));
        Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
    }

    private async Task<TableTestBed> BedAsync(string type)
    {
        var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE DOMAIN wide AS text");
        await bed.ExecuteAsync($"CREATE TABLE sums (id int PRIMARY KEY, n {type}, v bigint)");
        return bed;
    }

    private static IBackingStore<int, TValue> Sums<TValue>(TableTestBed bed) =>
        bed.Provider.Create(
            "sums",
            new TableMappingBuilder<int, TValue>().Named("sums").Key("id").Column(n => n, "n").Version("v").AllowHardDeletes().Build()
        );

    private static StoreWrite<TKey, TValue> Write<TKey, TValue>(TKey key, TValue value)
        where TKey : notnull =>
        new()
        {
            Key = key,
            Value = value,
            Version = 5,
            ExpiresAt = CacheEntry.Never,
        };
}
