using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;
using Remanso.Entries;
using Remanso.Sql.Tables;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>What PostgreSQL makes of tables that others declared.</summary>
public sealed class PostgresTableTests(PostgresServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("code char(8) PRIMARY KEY, n int, v bigint", "the key column code is bpchar")]
    [InlineData("code text COLLATE loose PRIMARY KEY, n int, v bigint", "nondeterministic collation")]
    [InlineData("code text, n int, v bigint); CREATE UNIQUE INDEX ON codes (code COLLATE loose", "nondeterministic collation, so two keys")]
    [InlineData("code uuid PRIMARY KEY, n int, v bigint", "the key column code is uuid")]
    [InlineData("code text PRIMARY KEY, n int, v integer", "the version column v is integer; it must be bigint")]
    [InlineData("code text UNIQUE DEFERRABLE, n int, v bigint", "no unique index")]
    public async Task A_table_that_can_not_keep_the_promises_is_refused(string columns, string expected)
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
        await bed.ExecuteAsync($"CREATE TABLE codes ({columns})");

        var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await Codes(bed).InitializeAsync(Cancellation));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smallint", "1", "70000")]
    [InlineData("integer", "1", "3000000000")]
    [InlineData("mood", "Open", "Merry")]
    public async Task A_key_that_its_column_can_not_hold_is_absent(string type, string held, string other)
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TYPE mood AS ENUM ('Open', 'Paid')");
        await bed.ExecuteAsync($"CREATE TABLE codes (code {type} PRIMARY KEY, n int, v bigint)");
        await bed.ExecuteAsync($"INSERT INTO codes VALUES ('{held}', 7, 1)");
        var loaded = type == "mood" ? await LoadAsync(held, other) : await LoadAsync(Number(held), Number(other));

        Assert.Equal([7], loaded);

        async Task<int[]> LoadAsync<TKey>(params TKey[] keys)
            where TKey : notnull
        {
            var mapping = new TableMappingBuilder<TKey, int>()
                .Named("codes")
                .Key("code")
                .Column(n => n, "n")
                .Version("v")
                .AllowHardDeletes();
            var store = bed.Provider.Create("codes", mapping.Build());
            await store.InitializeAsync(Cancellation);
            await store.SaveAsync(
                [
                    new StoreWrite<TKey, int>
                    {
                        Key = keys[1],
                        Value = default,
                        Deleted = true,
                        Version = 5,
                        ExpiresAt = CacheEntry.Never,
                    },
                ],
                Cancellation
            );
            return [.. (await store.LoadAsync(keys, Cancellation)).Select(static row => row.Value)];
        }

        static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("varchar(3)")]
    [InlineData("code3")]
    public async Task A_key_with_blanks_beyond_its_column_is_refused_and_changes_no_row(string type)
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE DOMAIN code3 AS varchar(3)");
        await bed.ExecuteAsync($"CREATE TABLE codes (code {type} PRIMARY KEY, n int, v bigint, gone boolean)");
        await bed.ExecuteAsync("INSERT INTO codes VALUES ('ABC', 7, 1)");
        var mapping = new TableMappingBuilder<string, int>().Named("codes").Key("code").Column(n => n, "n").Version("v");
        var store = bed.Provider.Create("codes", mapping.SoftDelete("gone").Build());

        // Of a store that has not begun, too.
        foreach (
            var write in new[] { Write("ABC ", 5), Write("\U0001F600\U0001F600\U0001F600 ", 5), Write("ABC ", 5) with { Deleted = true } }
        )
        {
            var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([write], Cancellation));
            Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
            Assert.Contains("the key column code holds 3 characters", store.WhyRefused(write), StringComparison.Ordinal);
        }

        Assert.Equal("ABC 7 1", await bed.ExecuteAsync("SELECT string_agg(code || ' ' || n || ' ' || v, ',') FROM codes"));
        Assert.Equal(7, Assert.Single(await store.LoadAsync(["ABC ", "ABC"], Cancellation)).Value);
        Assert.Empty(await store.LoadAsync(["ABC "], Cancellation));
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("\U0001F600\U0001F600\U0001F600", 5)], Cancellation));
    }

    [Fact]
    public async Task Rows_of_a_key_column_that_was_widened_are_read_without_a_restart()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE codes (code varchar(3) PRIMARY KEY, n int, v bigint)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);

        await bed.ExecuteAsync("ALTER TABLE codes ALTER COLUMN code TYPE varchar(8)");
        await bed.ExecuteAsync("INSERT INTO codes VALUES ('ABC-0001', 7, 1)");

        Assert.Equal(7, Assert.Single(await store.LoadAsync(["ABC-0001"], Cancellation)).Value);
    }

    [Fact]
    public async Task A_second_unique_index_by_which_two_keys_are_one_refuses_the_second()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
        await bed.ExecuteAsync("CREATE TABLE codes (code text PRIMARY KEY, n int, v bigint)");
        await bed.ExecuteAsync("CREATE UNIQUE INDEX ON codes (code COLLATE loose)");
        await bed.ExecuteAsync("INSERT INTO codes VALUES ('Bob', 7, 1)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);

        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("bob", 5)], Cancellation));

        Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
        Assert.Equal("Bob 7 1", await bed.ExecuteAsync("SELECT string_agg(code || ' ' || n || ' ' || v, ',') FROM codes"));
        Assert.Equal([SaveOutcome.Applied, SaveOutcome.Applied], await store.SaveAsync([Write("Ann", 5), Write("Bob", 5)], Cancellation));
    }

    [Fact]
    public async Task A_trigger_that_stores_rows_under_other_keys_changes_none()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync(
            """
            CREATE TABLE codes (code text PRIMARY KEY, n int, v bigint);
            INSERT INTO codes VALUES ('bob', 7, 1);
            CREATE FUNCTION lower_code() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.code := lower(NEW.code); RETURN NEW; END $$;
            CREATE TRIGGER lower_code BEFORE INSERT ON codes FOR EACH ROW EXECUTE FUNCTION lower_code();
            """
        );
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);

        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("Bob", 5)], Cancellation));

        Assert.Contains("under another key", refused.Message, StringComparison.Ordinal);
        Assert.Equal("bob 7 1", await bed.ExecuteAsync("SELECT string_agg(code || ' ' || n || ' ' || v, ',') FROM codes"));
    }

    [Fact]
    public async Task A_type_may_have_any_name()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TYPE \"my enum type\" AS ENUM ('Open', 'Paid')");
        await bed.ExecuteAsync("CREATE TABLE codes (code \"my enum type\" PRIMARY KEY, n int, v bigint)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("Paid", 1)], Cancellation));

        Assert.Equal("Paid", Assert.Single(await store.LoadAsync(["Paid"], Cancellation)).Key);
    }

    [Fact]
    public async Task A_text_that_is_no_unicode_blames_its_row()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE codes (code text PRIMARY KEY, n int, v bigint)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);

        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("\ud800", 1)], Cancellation));

        Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
    }

    [Fact]
    public async Task Columns_may_be_of_narrower_or_richer_types_than_their_values()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TYPE mood AS ENUM ('Open', 'Paid', 'Shipped')");
        await bed.ExecuteAsync(
            """
            CREATE TABLE orders (tenant varchar(20), number smallint, customer varchar(5), total numeric(10, 2), state mood NOT NULL, note jsonb NOT NULL, at timestamptz NOT NULL,
                wall timestamp, row_version bigint, gone smallint, PRIMARY KEY (number, tenant))
            """
        );
        var store = bed.Provider.Create(
            "orders",
            new TableMappingBuilder<OrderKey, Rich>()
                .Named("orders")
                .Key(k => k.Tenant, "tenant")
                .Key(k => k.Number, "number")
                .Column(o => o.Customer, "customer")
                .Column(o => o.Total, "total")
                .ColumnAsText(o => o.State, "state")
                .Column(o => o.Note, "note")
                .Column(o => o.At, "at")
                .Column(o => o.Wall, "wall")
                .Version("row_version")
                .SoftDelete("gone", insertsTombstones: false)
                .Build()
        );
        await store.InitializeAsync(Cancellation);
        var local = new DateTime(2026, 5, 1, 12, 0, 0, DateTimeKind.Unspecified);
        var value = new Rich(
            "Ann",
            12.5m,
            OrderState.Paid,
            "{\"a\": 1}",
            local,
            new DateTimeOffset(2026, 5, 1, 14, 0, 0, TimeSpan.FromHours(2))
        );

        await store.SaveAsync([Write(1, value)], Cancellation);
        var row = Assert.Single(await store.LoadAsync([new OrderKey("t", 1)], Cancellation));

        Assert.Equal(value with { At = DateTime.SpecifyKind(local, DateTimeKind.Utc) }, row.Value);
        Assert.Equal(DateTimeKind.Utc, row.Value!.At.Kind);
        Assert.Equal("2026-05-01 12:00:00", Assert.IsType<string>(await bed.ExecuteAsync("SELECT wall::text FROM orders")));

        // Neither cut off to fit, nor stored in part.
        var tooLong = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.SaveAsync([Write(1, value with { Customer = "Alexandra" }) with { Version = 2 }], Cancellation)
        );
        Assert.False(tooLong.IsTransient);
        Assert.False(
            (await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write(70_000, value)], Cancellation))).IsTransient
        );
    }

    [Fact]
    public async Task A_domain_refuses_what_its_type_refuses_and_may_be_of_a_key()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync(
            """
            CREATE DOMAIN short_name AS varchar(5) DEFAULT 'none' NOT NULL;
            CREATE DOMAIN nickname AS short_name CHECK (value <> 'Bob');
            CREATE TABLE people (name nickname PRIMARY KEY, nick nickname, v bigint)
            """
        );
        var mapping = new TableMappingBuilder<string, string>().Named("people").Key("name").Column(nick => nick, "nick").Version("v");
        var built = mapping.AllowHardDeletes().Build();
        var store = bed.Provider.Create("people", built);
        await store.InitializeAsync(Cancellation);

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Nick("Ann", "Annie")], Cancellation));
        await AssertRefusedAsync("Alexa", "Alexandra");
        await AssertRefusedAsync("Alexa", "Bob");
        await AssertRefusedAsync("Bob", "Ann");

        Assert.Equal(1L, await bed.ExecuteAsync("SELECT count(*) FROM people WHERE nick = 'Annie'"));
        Assert.Equal(1L, await bed.ExecuteAsync("SELECT count(*) FROM people"));
        Assert.False(Assert.Single(built.Plan.Values).TakesNull);

        async Task AssertRefusedAsync(string name, string nick)
        {
            var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Nick(name, nick)], Cancellation));
            Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
        }

        static StoreWrite<string, string> Nick(string name, string nick) =>
            new()
            {
                Key = name,
                Value = nick,
                Version = 1,
                ExpiresAt = CacheEntry.Never,
            };
    }

    [Fact]
    public async Task A_table_may_be_in_a_schema_and_an_identity_may_be_given()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        var schema = $"s{Guid.NewGuid():N}";
        await bed.ExecuteAsync(
            $"""
            CREATE SCHEMA {schema};
            CREATE TABLE {schema}."Codes" (code int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n int, v bigint);
            GRANT USAGE ON SCHEMA {schema} TO remanso;
            GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}."Codes" TO remanso
            """
        );
        var store = bed.Provider.Create(
            "codes",
            new TableMappingBuilder<int, int>()
                .Named("Codes", schema)
                .Key("code")
                .Column(n => n, "n")
                .Version("v")
                .AllowHardDeletes()
                .Build()
        );
        await store.InitializeAsync(Cancellation);

        await store.SaveAsync(
            [
                new StoreWrite<int, int>
                {
                    Key = 5,
                    Value = 6,
                    Version = 7,
                    ExpiresAt = CacheEntry.Never,
                },
            ],
            Cancellation
        );

        Assert.Equal(6, Assert.IsType<int>(await bed.ExecuteAsync($"SELECT n FROM {schema}.\"Codes\" WHERE code = 5 AND v = 7")));
    }

    [Fact]
    public async Task A_column_that_can_not_be_written_is_told_at_the_start()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE codes (code text PRIMARY KEY, n int GENERATED ALWAYS AS (1) STORED, v bigint)");

        var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await Codes(bed).InitializeAsync(Cancellation));

        Assert.Equal(
            "The table codes of the cache 'codes' can't be used: the column n is generated, so it can't be written.",
            refusal.Message
        );
    }

    [Fact]
    public async Task What_the_database_refuses_at_the_start_names_table_and_cache()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE codes (code text PRIMARY KEY, n int, v bigint)");
        await bed.ExecuteAsync("CREATE RULE held AS ON INSERT TO codes DO INSTEAD NOTHING");

        var refusal = await Assert.ThrowsAsync<StoreException>(async () => await Codes(bed).InitializeAsync(Cancellation));

        Assert.False(refusal.IsTransient);
        Assert.StartsWith("The table codes of the cache 'codes' can't be used: postgres://", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("0A000", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    /// <remarks>The trigger of docs/how-to/own-tables.md.</remarks>
    [Fact]
    public async Task A_trigger_can_raise_the_version_of_changes_by_others_and_leaves_the_stores_own_alone()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE codes (code text PRIMARY KEY, n int, v bigint)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);
        await bed.ExecuteAsync(
            """
            CREATE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.v IS NULL OR NEW.v <= OLD.v THEN
                    NEW.v := GREATEST(COALESCE(OLD.v, 0) + 1, (EXTRACT(epoch FROM clock_timestamp()) * 1000000)::bigint);
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER raise_version BEFORE UPDATE ON codes FOR EACH ROW EXECUTE FUNCTION raise_version();
            """
        );

        await store.SaveAsync([Write("a", 1)], Cancellation);
        await store.SaveAsync([Write("a", 2)], Cancellation);
        Assert.Equal(2L, await bed.ExecuteAsync("SELECT v FROM codes"));
        await bed.ExecuteAsync("UPDATE codes SET n = 7");

        Assert.Equal(SaveOutcomeKind.Superseded, Assert.Single(await store.SaveAsync([Write("a", 3)], Cancellation)).Kind);
        Assert.Equal(7, Assert.Single(await store.LoadAsync(["a"], Cancellation)).Value);
    }

    [Fact]
    public async Task A_column_that_was_widened_is_read_and_written_at_once()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE codes (code text PRIMARY KEY, n integer, v bigint)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("a", 1)], Cancellation);
        await store.LoadAsync(["a"], Cancellation);

        await bed.ExecuteAsync("ALTER TABLE codes ALTER COLUMN n TYPE bigint");

        Assert.Equal(1, Assert.Single(await store.LoadAsync(["a"], Cancellation)).Value);
        Assert.Equal(SaveOutcomeKind.Applied, Assert.Single(await store.SaveAsync([Write("a", 2)], Cancellation)).Kind);
    }

    private static StoreWrite<string, int> Write(string key, long version) =>
        new()
        {
            Key = key,
            Value = 1,
            Version = version,
            ExpiresAt = CacheEntry.Never,
        };

    private static IBackingStore<string, int> Codes(TableTestBed bed) =>
        bed.Provider.Create(
            "codes",
            new TableMappingBuilder<string, int>().Named("codes").Key("code").Column(n => n, "n").Version("v").AllowHardDeletes().Build()
        );

    private static StoreWrite<OrderKey, Rich> Write(int number, Rich value) =>
        new()
        {
            Key = new OrderKey("t", number),
            Value = value,
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };

    private sealed record Rich(string Customer, decimal Total, OrderState State, string Note, DateTime At, DateTimeOffset Wall);
}
