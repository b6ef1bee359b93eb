using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Sql.Tables;
using Xunit;

namespace Remanso.Conformance.Tables;

/// <summary>Patches of rows of a table: what is accepted is read back and stored, all else is refused.</summary>
public abstract class TablePatchConformance : TableConformance
{
    private static readonly Bill _bill = new(1, "Ann", 5m, "first", Grade.Low);

    [Fact]
    public async Task A_patch_of_an_object_names_members_and_changes_their_columns_through_the_converters()
    {
        await using var process = await StartAsync();
        var bills = process.GetRequiredService<ICache<int, Bill>>();
        await bills.SetAsync(1, _bill, cancellationToken: Cancellation);
        await bills.Operations.FlushAsync(Cancellation);

        await bills.PatchAsync(1, new { Total = 7, Grade = Grade.High }, cancellationToken: Cancellation);
        await bills.PatchAsync(1, new { Name = (string?)null }, cancellationToken: Cancellation);
        await bills.PatchAsync(1, new Dictionary<string, object?> { ["Note"] = "second" }, cancellationToken: Cancellation);

        var expected = new Bill(1, null, 7m, "second", Grade.High);
        Assert.Equal(expected, (await bills.GetAsync(1, Cancellation)).Value);
        Assert.Equal(1, (await bills.Operations.FlushAsync(Cancellation)).Stored);
        Assert.Equal(expected, (await bills.GetAsync(1, ReadFrom.Store, Cancellation)).Value);
        Assert.Equal(700L, Convert.ToInt64(await Bed.ExecuteAsync("SELECT total_cents FROM bills"), null));
    }

    [Fact]
    public async Task A_patch_in_json_names_columns()
    {
        await using var process = await StartAsync();
        var bills = process.GetRequiredService<ICache<int, Bill>>();
        await bills.SetAsync(1, _bill, cancellationToken: Cancellation);

        await bills.PatchAsync(1, """{"total_cents":250,"name":null,"id":1}""", cancellationToken: Cancellation);

        Assert.Equal(_bill with { Total = 2.5m, Name = null }, (await bills.GetAsync(1, Cancellation)).Value);
    }

    [Theory]
    [InlineData("""{"Total":5}""", "Total")]
    [InlineData("""{"total":5}""", "total")]
    [InlineData("""{"name":5}""", "name")]
    [InlineData("""{"name":{"first":"Ann"}}""", "name")]
    [InlineData("""{"total_cents":"much"}""", "total_cents")]
    [InlineData("""{"total_cents":null}""", "total_cents")]
    [InlineData("""{"note":null}""", "note")]
    [InlineData("""{"grade":"Odd"}""", "grade")]
    [InlineData("""{"id":9}""", "id")]
    [InlineData("""{"id":null}""", "id")]
    public async Task What_no_row_could_hold_is_refused_by_the_name_of_its_column(string patch, string column)
    {
        await using var process = await StartAsync();
        var bills = process.GetRequiredService<ICache<int, Bill>>();
        await bills.SetAsync(1, _bill, cancellationToken: Cancellation);
        await bills.Operations.FlushAsync(Cancellation);

        var refusal = await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await bills.PatchAsync(1, patch, cancellationToken: Cancellation)
        );

        Assert.Contains($"$.{column} ", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(_bill, (await bills.GetAsync(1, Cancellation)).Value);
        Assert.Equal(0, (await bills.Operations.GetStatisticsAsync(Cancellation)).Dirty.Entries);
    }

    [Fact]
    public async Task A_member_of_an_object_that_is_no_column_is_refused_and_so_is_a_value_of_another_type()
    {
        await using var process = await StartAsync();
        var bills = process.GetRequiredService<ICache<int, Bill>>();
        await bills.SetAsync(1, _bill, cancellationToken: Cancellation);

        foreach (var patch in (object[])[new { Totals = 5m }, new { Total = "much" }, new { Name = 5 }, new { Id = 9 }, 5])
        {
            await Assert.ThrowsAsync<InvalidMergeException>(async () => await bills.PatchAsync(1, patch, cancellationToken: Cancellation));
        }

        Assert.Equal(_bill, (await bills.GetAsync(1, Cancellation)).Value);
    }

    [Fact]
    public async Task A_patch_of_an_absent_key_must_make_a_whole_row_of_nothing()
    {
        await using var process = await StartAsync();
        var bills = process.GetRequiredService<ICache<int, Bill>>();

        foreach (
            var patch in (object[])
                [
                    new { Name = "Ann" },
                    new
                    {
                        Total = 5m,
                        Note = "first",
                        Grade = Grade.Low,
                    },
                    new
                    {
                        Id = 1,
                        Total = 5m,
                        Grade = Grade.Low,
                    },
                ]
        )
        {
            await Assert.ThrowsAsync<InvalidMergeException>(async () => await bills.PatchAsync(1, patch, cancellationToken: Cancellation));
        }

        Assert.Equal(0, (await bills.Operations.GetStatisticsAsync(Cancellation)).Dirty.Entries);
        await bills.PatchAsync(
            1,
            new
            {
                Id = 1,
                Total = 5m,
                Note = "first",
                Grade = Grade.Low,
            },
            cancellationToken: Cancellation
        );
        Assert.Equal(1, (await bills.Operations.FlushAsync(Cancellation)).Stored);
        Assert.Equal(_bill with { Name = null }, (await bills.GetAsync(1, ReadFrom.Store, Cancellation)).Value);
    }

    private async Task<ServiceProvider> StartAsync()
    {
        await Bed.ExecuteAsync(
            $"CREATE TABLE bills (id {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL PRIMARY KEY, name {Bed.TypeOf(ColumnKind.Text)}, "
                + $"total_cents {Bed.TypeOf(ColumnKind.LongInteger)}, note {Bed.TypeOf(ColumnKind.Text)} NOT NULL, "
                + $"grade {Bed.TypeOf(ColumnKind.Text)}, row_version {Bed.TypeOf(ColumnKind.LongInteger)})"
        );
        var mapping = new TableMappingBuilder<int, Bill>()
            .Named("bills")
            .Key("id")
            .Column(bill => bill.Id, "id")
            .Column(bill => bill.Name, "name")
            .Column(bill => bill.Total, "total_cents", static total => (long)(total * 100), static cents => cents / 100m)
            .Column(bill => bill.Note, "note")
            .ColumnAsText(bill => bill.Grade, "grade")
            .Version("row_version")
            .AllowHardDeletes()
            .Build();
        var services = new ServiceCollection();
        services
            .AddRemanso()
            .UseMemoryTier()
            .AddCache<int, Bill>("bills", cache =>
            {
                cache.KeyCodec = mapping.KeyCodec;
                cache.ValueCodec = mapping.ValueCodec;
                cache.Store = _ => Bed.Provider.Create("bills", mapping);
                // What is stored is what the test flushes.
                cache.Options.Flush.Interval = TimeSpan.FromHours(1);
            });
        var process = services.BuildServiceProvider();
        foreach (var service in process.GetServices<IHostedService>())
        {
            await service.StartAsync(Cancellation);
        }

        return process;
    }

    public enum Grade
    {
        Low,
        High,
    }

    public sealed record Bill(int Id, string? Name, decimal Total, string Note, Grade Grade);
}
