using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;
using Remanso.Sql.Tables;
using Remanso.Telemetry;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>Rows of old days, whose values .NET can't hold: each is an error of its own, and stays as it is.</summary>
public sealed class MySqlUnreadableTests(MariaDbServer server)
{
    private const string Old = "SET SESSION sql_mode = 'ALLOW_INVALID_DATES'; ";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("at", "'0000-00-00'")]
    [InlineData("at", "'2026-00-00'")]
    [InlineData("at", "'2026-02-31 10:00'")]
    [InlineData("at", "'0000-05-05'")]
    [InlineData("seen", "'0000-00-00 00:00:00'")]
    [InlineData("day", "'0000-00-00'")]
    [InlineData("day", "'2026-02-31'")]
    [InlineData("sum", "1.123456789012345678901234567891")]
    [InlineData("sum", "100000000000000000000000000000")]
    [InlineData("ends", "'2026-02-31'")]
    public async Task A_row_that_can_not_be_held_names_itself_and_no_patch_changes_it(string column, string value)
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync(
            "CREATE TABLE visits (id int PRIMARY KEY, at datetime NULL, seen timestamp NULL, day date, sum decimal(65, 30), "
                + "ends datetime NULL, t1 int, v bigint)"
        );
        await bed.ExecuteAsync($"{Old}INSERT INTO visits (id, {column}, t1) VALUES (7, {value}, 1); SELECT 1");
        using var host = await StartAsync(bed);
        var visits = host.Services.GetRequiredService<ICache<int, Visit>>();
        var before = await RowAsync(bed);

        var unread = await Assert.ThrowsAsync<StoreException>(async () => await visits.GetAsync(7, Cancellation));
        var unpatched = await Assert.ThrowsAsync<StoreException>(async () =>
            await visits.PatchAsync(7, new { T1 = 5 }, cancellationToken: Cancellation)
        );
        await visits.Operations.FlushAsync(Cancellation);

        foreach (var error in new[] { unread, unpatched })
        {
            Assert.StartsWith($"The row of key {new HashedKey("7")} in the table visits can't be read: ", error.Message);
            Assert.Contains($"The column '{column}' holds what ", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(value.Trim('\''), error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await RowAsync(bed));
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task What_a_decimal_and_a_time_can_hold_is_read()
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync(
            "CREATE TABLE visits (id int PRIMARY KEY, at datetime(6) NULL, seen timestamp NULL, day date, "
                + "sum decimal(65, 30) unsigned zerofill, ends datetime NULL, t1 int, v bigint)"
        );
        await bed.ExecuteAsync(
            """
            INSERT INTO visits (id, at, sum) VALUES (1, '0001-01-01', 1), (2, '9999-12-31 23:59:59.999999', 0),
                (3, NULL, 1234567890123456789012345678), (4, '2024-02-29', 0.1234567890123456789012345678)
            """
        );
        using var host = await StartAsync(bed);
        var visits = host.Services.GetRequiredService<ICache<int, Visit>>();

        var read = await visits.GetManyAsync([1, 2, 3, 4], Cancellation);

        Assert.Equal(
            [
                (DateTime.MinValue, 1m),
                (new DateTime(9999, 12, 31, 23, 59, 59).AddMicroseconds(999_999), 0m),
                (null, 1234567890123456789012345678m),
                (new DateTime(2024, 2, 29), 0.1234567890123456789012345678m),
            ],
            new[] { 1, 2, 3, 4 }.Select(id => (read[id].Value!.At, read[id].Value!.Sum!.Value))
        );
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_time_that_its_column_can_never_hold_is_refused_before_it_is_accepted()
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync("CREATE TABLE spans (id int PRIMARY KEY, n time(6), v bigint)");
        await bed.ExecuteAsync("CREATE TABLE moments (id int PRIMARY KEY, n timestamp NULL, v bigint)");
        var spans = Store<TimeSpan>(bed, "spans");
        var moments = Store<DateTimeOffset>(bed, "moments");
        await spans.InitializeAsync(Cancellation);
        await moments.InitializeAsync(Cancellation);

        Assert.Contains("is time, which holds", spans.WhyRefused(Write(TimeSpan.FromHours(-839))), StringComparison.Ordinal);
        Assert.Null(spans.WhyRefused(Write(new TimeSpan(838, 59, 59))));
        Assert.Contains("begins in 1970", moments.WhyRefused(Write(DateTimeOffset.UnixEpoch)), StringComparison.Ordinal);
        Assert.Null(moments.WhyRefused(Write(DateTimeOffset.UnixEpoch.AddSeconds(1))));
        Assert.Equal([SaveOutcome.Applied], await spans.SaveAsync([Write(new TimeSpan(838, 59, 59))], Cancellation));
        Assert.Equal([SaveOutcome.Applied], await moments.SaveAsync([Write(DateTimeOffset.UnixEpoch.AddSeconds(1))], Cancellation));

        static StoreWrite<int, T> Write<T>(T value) =>
            new()
            {
                Key = 1,
                Value = value,
                Version = 1,
                ExpiresAt = Remanso.Entries.CacheEntry.Never,
            };
    }

    private static IBackingStore<int, T> Store<T>(TableTestBed bed, string table) =>
        bed.Provider.Create(
            table,
            new TableMappingBuilder<int, T>().Named(table).Key("id").Column(value => value, "n").Version("v").AllowHardDeletes().Build()
        );

    private static async Task<IHost> StartAsync(MySqlTableBed bed)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder
            .Services.AddRemanso()
            .UseMySql(bed.Url, driver: MySqlClientFactory.Instance)
            .AddCache<int, Visit>("visits", cache =>
                cache.UseTable(table =>
                    table
                        .Named("visits")
                        .Key("id")
                        .Column(visit => visit.At, "at")
                        .Column(visit => visit.Seen, "seen")
                        .Column(visit => visit.Day, "day")
                        .Column(visit => visit.Sum, "sum")
                        .Column(visit => visit.T1, "t1")
                        .Version("v")
                        .Expiry("ends")
                        .AllowHardDeletes()
                )
            );
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        return host;
    }

    private static ValueTask<object?> RowAsync(MySqlTableBed bed) =>
        bed.ExecuteAsync("SELECT CONCAT_WS(',', id, at, seen, day, sum, ends, t1, v) FROM visits");

    private sealed record Visit(DateTime? At, DateTime? Seen, DateOnly? Day, decimal? Sum, int? T1);
}
