using Remanso.Entries;
using Remanso.Sql.Tables;
using Remanso.Stores;
using Remanso.Telemetry;
using Xunit;

namespace Remanso.Conformance.Tables;

/// <summary>Keys and columns come back as they went in, whatever they hold and whatever they are called.</summary>
public abstract class TableDataConformance : TableConformance
{
    private static readonly string[] _nasty =
    [
        "a",
        "A",
        "a/b",
        "a~b",
        "a~1b",
        "a~0",
        "~",
        "/",
        "//",
        "~01",
        "",
        " ",
        "x' OR '1'='1",
        "\"; DROP TABLE orders; --",
        "null",
        "007",
        "1e3",
        "caf\u00e9",
        "cafe\u0301",
        "\U0001F600",
        "\u65e5\u672c\u8a9e",
        "{\"a\":[1]}",
        "$k0",
        "100%_",
        "back\\slash",
    ];

    [Fact]
    public async Task Composite_keys_of_any_strings_are_different_rows_and_come_back()
    {
        var store = await CreateOrdersAsync();
        var codec = Orders().SoftDelete("deleted").Build().KeyCodec;
        OrderKey[] keys = [.. _nasty.SelectMany(tenant => new[] { 0, -1, int.MaxValue }.Select(number => new OrderKey(tenant, number)))];
        keys = [.. keys.OrderBy(codec.Encode, StringComparer.Ordinal)];

        var outcomes = await store.SaveAsync(
            [.. keys.Select(key => Write(key.Tenant, key.Number, 1, new Order(key.ToString(), key.Number)))],
            Cancellation
        );

        Assert.All(outcomes, outcome => Assert.Equal(SaveOutcome.Applied, outcome));
        Assert.Equal(keys.Length, await CountAsync("1 = 1"));
        Assert.Equal(keys.Length, keys.Select(codec.Encode).Distinct(StringComparer.Ordinal).Count());
        Assert.All(keys, key => Assert.Equal(key, codec.Decode(codec.Encode(key))));
        var rows = await store.LoadAsync(keys, Cancellation);
        Assert.Equal(keys, rows.Select(row => row.Key).OrderBy(codec.Encode, StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Equal(row.Key.ToString(), row.Value!.Customer));
        Assert.Equal(
            Enumerable.Repeat(SaveOutcome.Superseded(1), keys.Length),
            await store.SaveAsync([.. keys.Select(key => Write(key.Tenant, key.Number, 0))], Cancellation)
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Columns_of_every_type_come_back_as_they_went_in(int seed)
    {
        var mapping = EverythingMapping();
        await Bed.ExecuteAsync(
            $"CREATE TABLE everything (id {Bed.TypeOf(ColumnKind.LongInteger)} NOT NULL PRIMARY KEY, "
                + string.Concat(
                    mapping.Plan.Values.Select(column =>
                        $"{Bed.Quote(column.Name)} {Bed.TypeOf(column.Kind)}{(column.Name.StartsWith("Maybe", StringComparison.Ordinal) || column.Name == "Link" ? "" : " NOT NULL")}, "
                    )
                )
                + $"v {Bed.TypeOf(ColumnKind.LongInteger)} NOT NULL, deleted {Bed.TypeOf(ColumnKind.Boolean)} NOT NULL)"
        );
        var store = Bed.Provider.Create("everything", mapping);
        await store.InitializeAsync(Cancellation);
        var random = new Random(seed);
        var values = Enumerable.Range(0, 60).ToDictionary(i => (long)i - 30, i => i == 0 ? Extremes() : Any(random));

        await store.SaveAsync(
            [
                .. values.Select(pair => new StoreWrite<long, Everything>
                {
                    Key = pair.Key,
                    Value = pair.Value,
                    Version = 1,
                    ExpiresAt = CacheEntry.Never,
                }),
            ],
            Cancellation
        );

        var rows = await store.LoadAsync([.. values.Keys], Cancellation);
        Assert.Equal(values.Count, rows.Count);
        Assert.All(rows, row => Assert.Equivalent(values[row.Key], row.Value, strict: true));
        Assert.All(values.Values, value =>
            Assert.Equivalent(value, mapping.ValueCodec.Decode(mapping.ValueCodec.Encode(value)), strict: true)
        );

        // A delete of a key without a row fills what can't be NULL.
        Assert.Equal(
            [SaveOutcome.Applied],
            await store.SaveAsync(
                [
                    new StoreWrite<long, Everything>
                    {
                        Key = 1_000,
                        Value = null,
                        Version = 1,
                        Deleted = true,
                        ExpiresAt = CacheEntry.Never,
                    },
                ],
                Cancellation
            )
        );
    }

    [Fact]
    public async Task Tables_and_columns_may_be_called_anything()
    {
        const string Table = "Or\"der; DROP TABLE x --";
        await Bed.ExecuteAsync(
            $"CREATE TABLE {Bed.Quote(Table)} ({Bed.Quote("select")} {Bed.TypeOf(ColumnKind.Uuid)} NOT NULL, "
                + $"{Bed.Quote("to\"tal $1 `x`")} {Bed.TypeOf(ColumnKind.Number)}, "
                + $"{Bed.Quote("Row Version")} {Bed.TypeOf(ColumnKind.LongInteger)}, {Bed.Quote("where")} "
                + $"{Bed.TypeOf(ColumnKind.Boolean)}, PRIMARY KEY ({Bed.Quote("select")}))"
        );
        var store = Bed.Provider.Create(
            "c",
            new TableMappingBuilder<Guid, decimal>()
                .Named(Table)
                .Key("select")
                .Column(total => total, "to\"tal $1 `x`")
                .Version("Row Version")
                .SoftDelete("where")
                .Build()
        );
        await store.InitializeAsync(Cancellation);
        var key = new Guid("a1b2c3d4-0000-4000-8000-00000000ffff");

        await store.SaveAsync(
            [
                new StoreWrite<Guid, decimal>
                {
                    Key = key,
                    Value = 12.5m,
                    Version = 3,
                    ExpiresAt = CacheEntry.Never,
                },
            ],
            Cancellation
        );

        Assert.Equal((12.5m, 3L), ((await LoadAsync(store, key))!.Value.Value, (await LoadAsync(store, key))!.Value.Version));
    }

    [Fact]
    public async Task A_value_may_repeat_its_key_and_is_refused_where_it_says_another()
    {
        await Bed.ExecuteAsync(
            $"CREATE TABLE people (id {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL PRIMARY KEY, name "
                + $"{Bed.TypeOf(ColumnKind.Text)}, v {Bed.TypeOf(ColumnKind.LongInteger)})"
        );
        var store = Bed.Provider.Create(
            "people",
            new TableMappingBuilder<int, KeyValuePair<int, string>>()
                .Named("people")
                .Key("id")
                .Column(p => p.Key, "id")
                .Column(p => p.Value, "name")
                .Version("v")
                .AllowHardDeletes()
                .Build()
        );
        await store.InitializeAsync(Cancellation);

        await store.SaveAsync(
            [
                new StoreWrite<int, KeyValuePair<int, string>>
                {
                    Key = 7,
                    Value = new(7, "Ann"),
                    Version = 1,
                    ExpiresAt = CacheEntry.Never,
                },
            ],
            Cancellation
        );
        var refused = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.SaveAsync(
                [
                    new StoreWrite<int, KeyValuePair<int, string>>
                    {
                        Key = 7,
                        Value = new(8, "Bob"),
                        Version = 2,
                        ExpiresAt = CacheEntry.Never,
                    },
                ],
                Cancellation
            )
        );

        Assert.Equal(new KeyValuePair<int, string>(7, "Ann"), (await LoadAsync(store, 7))!.Value.Value);
        Assert.False(refused.IsTransient);
        Assert.Contains("'8', but its key says '7'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_null_where_the_type_takes_none_is_an_error_that_names_row_and_column()
    {
        await Bed.ExecuteAsync(
            $"CREATE TABLE people (id {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL PRIMARY KEY, age "
                + $"{Bed.TypeOf(ColumnKind.PlainInteger)}, v {Bed.TypeOf(ColumnKind.LongInteger)})"
        );
        await Bed.ExecuteAsync("INSERT INTO people (id) VALUES (7)");
        var store = Bed.Provider.Create(
            "people",
            new TableMappingBuilder<int, int>().Named("people").Key("id").Column(age => age, "age").Version("v").AllowHardDeletes().Build()
        );

        var error = await Assert.ThrowsAsync<StoreException>(async () => await store.LoadAsync([7], Cancellation));

        Assert.Contains($"{new HashedKey("7")} in the table people", error.Message, StringComparison.Ordinal);
        Assert.Contains("'age' is NULL", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_view_is_no_table_to_add_an_index_to()
    {
        await Bed.ExecuteAsync(
            $"CREATE TABLE everyone (id {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL PRIMARY KEY, age "
                + $"{Bed.TypeOf(ColumnKind.PlainInteger)}, v {Bed.TypeOf(ColumnKind.LongInteger)})"
        );
        await Bed.ExecuteAsync("CREATE VIEW people AS SELECT id, age, v FROM everyone");
        var store = Bed.Provider.Create(
            "people",
            new TableMappingBuilder<int, int>().Named("people").Key("id").Column(age => age, "age").Version("v").AllowHardDeletes().Build()
        );

        var refused = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await store.InitializeAsync(Cancellation));

        Assert.Contains("and can't have one, for it is a view", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("CREATE", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_save_is_superseded_by_a_row_that_can_not_be_read()
    {
        await Bed.ExecuteAsync(
            $"CREATE TABLE people (id {Bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL PRIMARY KEY, age "
                + $"{Bed.TypeOf(ColumnKind.PlainInteger)}, v {Bed.TypeOf(ColumnKind.LongInteger)})"
        );
        await Bed.ExecuteAsync("INSERT INTO people (id, v) VALUES (7, 9)");
        await Bed.ExecuteAsync("INSERT INTO people (id, age, v) VALUES (8, 30000, 9)");
        var store = Bed.Provider.Create(
            "people",
            new TableMappingBuilder<int, byte>().Named("people").Key("id").Column(age => age, "age").Version("v").AllowHardDeletes().Build()
        );

        Assert.Equal([SaveOutcome.Superseded(9), SaveOutcome.Superseded(9)], await store.SaveAsync([Age(7), Age(8)], Cancellation));

        static StoreWrite<int, byte> Age(int id) =>
            new()
            {
                Key = id,
                Value = 30,
                Version = 5,
                ExpiresAt = CacheEntry.Never,
            };
    }

    [Fact]
    public async Task A_batch_of_thousands_is_saved_and_loaded()
    {
        var store = await CreateOrdersAsync();
        StoreWrite<OrderKey, Order>[] batch =
        [
            .. Enumerable.Range(0, 4_000).Select(i => Write("t", i, 1, new Order(new string('x', 200), i))),
        ];

        Assert.All(await store.SaveAsync(batch, Cancellation), outcome => Assert.Equal(SaveOutcome.Applied, outcome));
        Assert.Equal(4_000, (await store.LoadAsync([.. batch.Select(write => write.Key)], Cancellation)).Count);
    }

    private static TableMapping<long, Everything> EverythingMapping()
    {
        var table = new TableMappingBuilder<long, Everything>()
            .Named("everything")
            .Key("id")
            .Version("v")
            .SoftDelete("deleted")
            .Column(e => e.Flag, "Flag")
            .Column(e => e.MaybeFlag, "MaybeFlag")
            .Column(e => e.Tiny, "Tiny")
            .Column(e => e.Small, "Small")
            .Column(e => e.MaybeSmall, "MaybeSmall")
            .Column(e => e.Plain, "Plain")
            .Column(e => e.MaybePlain, "MaybePlain")
            .Column(e => e.Large, "Large")
            .Column(e => e.MaybeLarge, "MaybeLarge")
            .Column(e => e.Natural, "Natural")
            .Column(e => e.Real, "Real")
            .Column(e => e.Fine, "Fine")
            .Column(e => e.MaybeFine, "MaybeFine")
            .Column(e => e.Money, "Money")
            .Column(e => e.MaybeMoney, "MaybeMoney")
            .Column(e => e.Text, "Text")
            .Column(e => e.MaybeText, "MaybeText")
            .Column(e => e.Letter, "Letter")
            .Column(e => e.Id, "Uuid")
            .Column(e => e.MaybeId, "MaybeUuid")
            .Column(e => e.Day, "Day")
            .Column(e => e.Hour, "Hour")
            .Column(e => e.At, "At")
            .Column(e => e.MaybeAt, "MaybeAt")
            .Column(e => e.Moment, "Moment")
            .Column(e => e.MaybeMoment, "MaybeMoment")
            .Column(e => e.Span, "Span")
            .Column(e => e.Bytes, "Bytes")
            .Column(e => e.MaybeBytes, "MaybeBytes")
            .Column(e => e.State, "State")
            .Column(e => e.MaybeState, "MaybeState")
            .ColumnAsText(e => e.Named, "Named");
        return table.Column(e => e.Link, "Link", link => link!.ToString(), text => new Uri(text)).Build();
    }

    private static Everything Extremes() =>
        new()
        {
            Flag = true,
            Tiny = byte.MaxValue,
            Small = short.MinValue,
            Plain = int.MinValue,
            Large = long.MinValue,
            MaybeLarge = long.MaxValue,
            Natural = ulong.MaxValue,
            Real = float.MaxValue,
            Fine = double.Epsilon,
            Money = -79_228_162_514_264_337_593_543_950_335m,
            Text = string.Concat(_nasty),
            MaybeText = string.Empty,
            Letter = '\'',
            Id = Guid.Empty,
            Day = new DateOnly(1, 1, 1),
            Hour = new TimeOnly(23, 59, 59, 999),
            At = new DateTime(1970, 1, 1),
            Moment = DateTimeOffset.UnixEpoch,
            Span = TimeSpan.FromHours(-13),
            Bytes = [0, 255],
            MaybeBytes = [],
            State = OrderState.Shipped,
            Named = OrderState.Shipped,
            Link = new Uri("https://example.org/?a=b"),
        };

    // Times to the millisecond, offsets of zero: what every engine keeps.
    private static Everything Any(Random random) =>
        new()
        {
            Flag = random.Next(2) == 0,
            MaybeFlag = Maybe(random, random.Next(2) == 0),
            Tiny = (byte)random.Next(256),
            Small = (short)random.Next(short.MinValue, short.MaxValue),
            MaybeSmall = Maybe(random, (short)random.Next(100)),
            Plain = random.Next(),
            MaybePlain = Maybe(random, random.Next()),
            Large = random.NextInt64(),
            MaybeLarge = Maybe(random, -random.NextInt64()),
            Natural = (ulong)random.NextInt64(),
            Real = random.NextSingle() * 1e6f,
            Fine = random.NextDouble() * 1e300,
            MaybeFine = Maybe(random, -random.NextDouble()),
            Money = random.Next() / 100m,
            MaybeMoney = Maybe(random, -random.Next() / 1000m),
            Text = _nasty[random.Next(_nasty.Length)],
            MaybeText = random.Next(2) == 0 ? null : _nasty[random.Next(_nasty.Length)],
            Letter = (char)random.Next('A', 'z'),
            Id = NewGuid(random),
            MaybeId = Maybe(random, NewGuid(random)),
            Day = DateOnly.FromDayNumber(random.Next(3_000_000)),
            Hour = new TimeOnly(random.Next(24), random.Next(60), random.Next(60), random.Next(1000)),
            At = AnyTime(random),
            MaybeAt = Maybe(random, AnyTime(random)),
            Moment = new DateTimeOffset(AnyTime(random), TimeSpan.Zero),
            MaybeMoment = Maybe(random, new DateTimeOffset(AnyTime(random), TimeSpan.Zero)),
            Span = TimeSpan.FromMilliseconds(random.Next()),
            Bytes = NewBytes(random),
            MaybeBytes = random.Next(2) == 0 ? null : NewBytes(random),
            State = (OrderState)random.Next(8),
            MaybeState = Maybe(random, OrderState.Paid),
            Named = random.Next(2) == 0 ? OrderState.Open : OrderState.Shipped,
            Link = random.Next(2) == 0 ? null : new Uri($"https://example.org/{random.Next()}"),
        };

    private static T? Maybe<T>(Random random, T value)
        where T : struct => random.Next(2) == 0 ? null : value;

    private static DateTime AnyTime(Random random) => new DateTime(1900, 1, 1).AddMilliseconds(random.NextInt64(6_000_000_000_000));

    private static Guid NewGuid(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private static byte[] NewBytes(Random random)
    {
        var bytes = new byte[random.Next(50)];
        random.NextBytes(bytes);
        return bytes;
    }
}
