using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Entries;
using Remanso.Sql.Tables;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Tables;

/// <summary>What a table would never take is refused by the write itself; what others wrote into it is read as it is.</summary>
public abstract class TableValueConformance : TableConformance
{
    private static readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal)
    {
        ["1"] = 1,
        ["2"] = 2,
        ["3"] = 3,
    };

    [Fact]
    public async Task A_value_that_says_another_key_than_its_own_is_refused_before_it_is_accepted()
    {
        await using var process = await StartAsync();
        var items = process.GetRequiredService<ICache<int, Item>>();

        var refusal = await Assert.ThrowsAsync<InvalidValueException>(async () =>
            await items.SetAsync(1, new Item(2, "two"), cancellationToken: Cancellation)
        );
        var many = await items.SetManyAsync([new(1, new Item(1, "one")), new(3, new Item(4, "four"))], cancellationToken: Cancellation);
        await Assert.ThrowsAsync<InvalidValueException>(async () =>
            await items.UpdateAsync(1, static _ => new Item(9, "nine"), cancellationToken: Cancellation)
        );

        Assert.Equal("1", refusal.Key);
        Assert.Contains("Id is '2', but its key says '1'", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([true, false], many.Select(static outcome => outcome.Error is null));
        Assert.Equal(1, (await items.Operations.FlushAsync(Cancellation)).Stored);
        Assert.Equal(new Item(1, "one"), (await items.GetAsync(1, ReadFrom.Store, Cancellation)).Value);
    }

    [Fact]
    public async Task A_lifetime_without_a_column_for_its_end_is_refused_before_it_is_accepted()
    {
        await using var process = await StartAsync();
        var items = process.GetRequiredService<ICache<int, Item>>();
        var hour = new WriteOptions { Lifetime = TimeSpan.FromHours(1) };

        await Assert.ThrowsAsync<InvalidValueException>(async () => await items.SetAsync(1, new Item(1, "one"), hour, Cancellation));
        await Assert.ThrowsAsync<InvalidValueException>(async () => await items.RemoveAsync(1, hour, Cancellation));
        await Assert.ThrowsAsync<InvalidValueException>(async () => await items.PatchAsync(1, """{"name":"two"}""", hour, Cancellation));

        Assert.Equal(0, (await items.Operations.GetStatisticsAsync(Cancellation)).Dirty.Entries);
    }

    [Fact]
    public async Task What_a_converter_can_not_convert_is_refused_by_the_name_of_its_column_before_it_is_accepted()
    {
        await Bed.ExecuteAsync(
            $"CREATE TABLE prices (id {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL PRIMARY KEY, cents "
                + $"{Bed.TypeOf(ColumnKind.LongInteger)}, note {Bed.TypeOf(ColumnKind.Text)}, row_version {Bed.TypeOf(ColumnKind.LongInteger)})"
        );
        await using var process = await StartAsync(
            "prices",
            new TableMappingBuilder<Number, Price>()
                .Named("prices")
                .Key(number => number.Text, "id", static text => _numbers[text], static id => $"{id}")
                .Column(price => price.Total, "cents", static total => (long)(total * 100), static cents => cents / 100m)
                .Column(price => price.Note, "note")
                .Version("row_version")
                .AllowHardDeletes()
        );
        var prices = process.GetRequiredService<ICache<Number, Price>>();
        var ok = new Price(1.5m, "whole \ud83d\ude00");

        var many = await prices.SetManyAsync(
            [new(new("1"), ok), new(new("2"), ok with { Total = decimal.MaxValue }), new(new("3"), ok with { Note = "half \ud83d" })],
            cancellationToken: Cancellation
        );
        var lone = await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await prices.PatchAsync(new("1"), new { Note = "half \ud83d" }, cancellationToken: Cancellation)
        );
        var unknown = await Assert.ThrowsAsync<InvalidKeyException>(async () => await prices.GetAsync(new("odd"), Cancellation));

        Assert.Null(many[0].Error);
        var refusal = Assert.IsType<InvalidValueException>(many[1].Error);
        Assert.Equal("2", refusal.Key);
        Assert.Contains("Price.Total can't be converted for the column 'cents'", refusal.Message, StringComparison.Ordinal);
        Assert.IsType<OverflowException>(refusal.InnerException?.InnerException);
        Assert.Contains("Price.Note has a lone surrogate", Assert.IsType<InvalidValueException>(many[2].Error).Message);
        Assert.Contains("Note has a lone surrogate", lone.Message, StringComparison.Ordinal);
        Assert.Contains("the column 'id'", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await prices.Operations.FlushAsync(Cancellation)).Stored);
        Assert.Equal(ok, (await prices.GetAsync(new("1"), ReadFrom.Store, Cancellation)).Value);
    }

    [Fact]
    public async Task A_row_that_nobody_wrote_through_the_cache_has_version_0_and_a_condition_may_name_it()
    {
        await using var process = await StartAsync();
        await Bed.ExecuteAsync("INSERT INTO items (id, name, row_version) VALUES (1, 'foreign', NULL)");
        await Bed.ExecuteAsync("INSERT INTO items (id, name, row_version) VALUES (2, 'foreign', 0)");
        var items = process.GetRequiredService<ICache<int, Item>>();

        foreach (var id in (int[])[1, 2])
        {
            Assert.Equal((0L, "foreign"), await items.GetAsync(id, Cancellation) is var read ? (read.Version, read.Value!.Name) : default);
            await items.InvalidateAsync([id], Cancellation);
            Assert.Equal(0, (await items.GetAsync(id, Cancellation)).Version);
            Assert.Equal(
                new WriteReceipt(0, Durability.Stored),
                await items.PatchAsync(id, new { Name = "foreign" }, new WriteOptions { Durability = Durability.Stored }, Cancellation)
            );
            await items.SetAsync(
                id,
                new Item(id, "ours"),
                new WriteOptions { Condition = WriteCondition.IsVersion(0), Durability = Durability.Stored },
                Cancellation
            );
            Assert.Equal("ours", (await items.GetAsync(id, ReadFrom.Store, Cancellation)).Value!.Name);
        }
    }

    [Fact]
    public async Task Of_a_key_without_a_row_nobody_is_told_that_its_delete_was_lost()
    {
        await using var process = await StartAsync();
        var items = process.GetRequiredService<ICache<int, Item>>();
        var repeated = new WriteOptions { Durability = Durability.Stored, IdempotencyKey = "delete-2" };
        var written = await items.SetAsync(1, new Item(1, "one"), cancellationToken: Cancellation);
        await items.SetAsync(2, new Item(2, "two"), cancellationToken: Cancellation);
        await items.Operations.FlushAsync(Cancellation);
        var removed = await items.RemoveAsync(1, cancellationToken: Cancellation);
        Assert.Equal(Durability.Stored, (await items.RemoveAsync(2, repeated, Cancellation)).Durability);
        await items.Operations.FlushAsync(Cancellation);
        Assert.Equal(Durability.Stored, (await items.WaitAsync(1, removed, Durability.Stored, cancellationToken: Cancellation)).Durability);
        await items.InvalidateAsync([1, 2], Cancellation);

        Func<Task>[] waits =
        [
            async () => await items.WaitAsync(1, removed, Durability.Stored, cancellationToken: Cancellation),
            async () => await items.WaitAsync(1, written, Durability.Stored, cancellationToken: Cancellation),
            async () => await items.RemoveAsync(2, repeated, Cancellation),
        ];
        foreach (var wait in waits)
        {
            var untold = await Assert.ThrowsAsync<DurabilityNotReachedException>(wait);
            Assert.Equal((true, true), (untold.IsUnknown, untold.IsAccepted));
            Assert.StartsWith("Whether version ", untold.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, false, false)]
    public void A_table_says_whether_it_keeps_rows_of_deletes(bool marks, bool insertsTombstones, bool keeps)
    {
        var mapping = new TableMappingBuilder<int, Item>()
            .Named("items")
            .Key("id")
            .Column(item => item.Id, "id")
            .Column(item => item.Name, "name")
            .Version("row_version");
        mapping = marks ? mapping.SoftDelete("deleted", insertsTombstones) : mapping.AllowHardDeletes();

        Assert.Equal(keeps, Bed.Provider.Create("items", mapping.Build()).KeepsDeletes);
    }

    [Fact]
    public async Task What_is_no_number_is_stored_or_refused_before_it_is_accepted()
    {
        await Bed.ExecuteAsync(
            $"CREATE TABLE readings (id {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL PRIMARY KEY, degrees "
                + $"{Bed.TypeOf(ColumnKind.DoubleReal)}, row_version {Bed.TypeOf(ColumnKind.LongInteger)})"
        );
        var store = Bed.Provider.Create(
            "readings",
            new TableMappingBuilder<int, double>()
                .Named("readings")
                .Key("id")
                .Column(degrees => degrees, "degrees")
                .Version("row_version")
                .AllowHardDeletes()
                .Build()
        );
        await store.InitializeAsync(Cancellation);
        var write = new StoreWrite<int, double>
        {
            Key = 1,
            Value = double.NaN,
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };

        if (Bed.HasNaN)
        {
            Assert.Null(store.WhyRefused(write));
            await store.SaveAsync([write], Cancellation);
            Assert.Equal(double.NaN, Assert.Single(await store.LoadAsync([1], Cancellation)).Value);
            return;
        }

        Assert.Contains("degrees can't hold NaN", store.WhyRefused(write), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([write], Cancellation));
        Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
    }

    [Theory]
    [InlineData("'paid', 1", "state")]
    [InlineData("'', 1", "state")]
    [InlineData("'p', 1.5", "total")]
    public async Task A_row_of_which_a_member_could_hold_but_a_part_is_not_read(string row, string column)
    {
        await Bed.ExecuteAsync(
            $"CREATE TABLE tickets (id {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL PRIMARY KEY, state {Bed.TypeOf(ColumnKind.Text)}, "
                + $"total {Bed.TypeOf(ColumnKind.Number)}, row_version {Bed.TypeOf(ColumnKind.LongInteger)})"
        );
        await Bed.ExecuteAsync($"INSERT INTO tickets (id, state, total) VALUES (1, {row})");
        await Bed.ExecuteAsync("INSERT INTO tickets (id, state, total) VALUES (2, 'p', 3)");
        var store = Bed.Provider.Create(
            "tickets",
            new TableMappingBuilder<int, Ticket>()
                .Named("tickets")
                .Key("id")
                .Column(ticket => ticket.State, "state")
                .Column(ticket => ticket.Total, "total")
                .Version("row_version")
                .AllowHardDeletes()
                .Build()
        );
        await store.InitializeAsync(Cancellation);

        var error = await Assert.ThrowsAsync<StoreException>(async () => await store.LoadAsync([1], Cancellation));

        Assert.Equal((false, true), (error.IsTransient, error.BlamesRow));
        Assert.Contains($"The column '{column}' holds", error.Message, StringComparison.Ordinal);
        Assert.Equal(new Ticket('p', 3), Assert.Single(await store.LoadAsync([2], Cancellation)).Value);
    }

    [Fact]
    public async Task The_delete_of_a_key_without_a_row_leaves_one_where_the_media_type_takes_no_null()
    {
        await Bed.ExecuteAsync(
            $"CREATE TABLE files (id {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL PRIMARY KEY, body {Bed.TypeOf(ColumnKind.Text)} NOT NULL, "
                + $"mime {Bed.TypeOf(ColumnKind.Text)} NOT NULL, gone {Bed.TypeOf(ColumnKind.Boolean)}, row_version "
                + $"{Bed.TypeOf(ColumnKind.LongInteger)})"
        );
        var store = Bed.Provider.Create(
            "files",
            new TableMappingBuilder<int, string>()
                .Named("files")
                .Key("id")
                .Column(body => body, "body")
                .ContentType("mime")
                .Version("row_version")
                .SoftDelete("gone")
                .Build()
        );
        await store.InitializeAsync(Cancellation);
        var write = new StoreWrite<int, string>
        {
            Key = 1,
            Value = null,
            Version = 1,
            Deleted = true,
            ExpiresAt = CacheEntry.Never,
        };

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([write], Cancellation));

        Assert.True(Assert.Single(await store.LoadAsync([1], Cancellation)).Deleted);
        var revived = write with { Deleted = false, Value = "<p>", ContentType = "text/html", Version = 2 };
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([revived], Cancellation));
        Assert.Equal("text/html", Assert.Single(await store.LoadAsync([1], Cancellation)).ContentType);
    }

    private async Task<ServiceProvider> StartAsync()
    {
        await Bed.ExecuteAsync(
            $"CREATE TABLE items (id {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL PRIMARY KEY, name "
                + $"{Bed.TypeOf(ColumnKind.Text)}, row_version {Bed.TypeOf(ColumnKind.LongInteger)})"
        );
        return await StartAsync(
            "items",
            new TableMappingBuilder<int, Item>()
                .Named("items")
                .Key("id")
                .Column(item => item.Id, "id")
                .Column(item => item.Name, "name")
                .Version("row_version")
                .AllowHardDeletes()
        );
    }

    private async Task<ServiceProvider> StartAsync<TKey, TValue>(string name, TableMappingBuilder<TKey, TValue> table)
        where TKey : notnull
    {
        var mapping = table.Build();
        var services = new ServiceCollection();
        services
            .AddRemanso()
            .UseMemoryTier()
            .AddCache<TKey, TValue>(name, cache =>
            {
                cache.KeyCodec = mapping.KeyCodec;
                cache.ValueCodec = mapping.ValueCodec;
                cache.Store = _ => Bed.Provider.Create(name, mapping);
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

    public sealed record Item(int Id, string? Name);

    public sealed record Number(string Text);

    public sealed record Price(decimal Total, string Note);

    public sealed record Ticket(char State, ulong Total);
}
