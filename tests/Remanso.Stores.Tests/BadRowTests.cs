using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>The whole engine over each database: one bad row is a dead letter, and the others are stored.</summary>
public sealed class BadRowTests(PostgresServer postgres, MariaDbServer mariaDb)
{
    private const string Bad = "bad";

    [Theory]
    [InlineData("SQLite")]
    [InlineData("PostgreSQL")]
    [InlineData("MariaDB")]
    public async Task A_key_that_a_constraint_refuses(string engine)
    {
        await using StoreTestBed bed = engine switch
        {
            "SQLite" => new SqliteTestBed(),
            "PostgreSQL" => new PostgresTestBed(postgres),
            _ => new MySqlTestBed(mariaDb),
        };
        await bed.Provider.Create("default").InitializeAsync(TestContext.Current.CancellationToken);
        await bed.RefuseAsync(Bad);
        await AssertOnlyBadIsDeadAsync(bed.AnotherProcess());
    }

    [Fact]
    public async Task A_key_that_a_trigger_holds_back()
    {
        await using var bed = new PostgresTestBed(postgres);
        await bed.Provider.Create("default").InitializeAsync(TestContext.Current.CancellationToken);
        await bed.ExecuteAsync(
            $"""
            CREATE FUNCTION hold_{bed.Table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.key = '{Bad}' THEN RETURN NULL; END IF; RETURN NEW; END $$;
            CREATE TRIGGER hold BEFORE INSERT OR UPDATE ON {bed.Table} FOR EACH ROW EXECUTE FUNCTION hold_{bed.Table}();
            """
        );
        await AssertOnlyBadIsDeadAsync(bed.AnotherProcess());
    }

    [Fact]
    public async Task A_key_that_a_policy_hides()
    {
        await using var bed = new PostgresTestBed(postgres);
        await bed.Provider.Create("default").InitializeAsync(TestContext.Current.CancellationToken);
        await bed.ExecuteAsync(
            $"ALTER TABLE {bed.Table} ENABLE ROW LEVEL SECURITY; CREATE POLICY most ON {bed.Table} USING (key <> '{Bad}') "
                + $"WITH CHECK (key <> '{Bad}')"
        );
        await AssertOnlyBadIsDeadAsync(await bed.AnotherAccountAsync());
    }

    [Fact]
    public async Task A_batch_that_takes_longer_than_a_statement_may_is_stored_in_parts()
    {
        await using var bed = new PostgresTestBed(postgres);
        await bed.Provider.Create("default").InitializeAsync(TestContext.Current.CancellationToken);
        await bed.ExecuteAsync(
            $"""
            CREATE FUNCTION slow_{bed.Table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END $$;
            CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON {bed.Table} FOR EACH ROW EXECUTE FUNCTION slow_{bed.Table}();
            """
        );
        await using var running = Run(bed.AnotherProcess(await bed.CreateAccountAsync("statement_timeout = '400ms'")));
        var cache = running.GetRequiredService<ICache<string, string>>();
        await cache.SetManyAsync([.. Enumerable.Range(0, 20).Select(static i => new KeyValuePair<string, string>($"k{i}", "v"))]);

        await Until.TrueAsync(async () => (await cache.Operations.GetStatisticsAsync()).Dirty.Entries == 0, "all are stored");

        Assert.Empty(await cache.Operations.GetDeadLettersAsync());
        Assert.Equal(20L, await bed.ScalarAsync($"SELECT count(*) FROM {bed.Table}"));
    }

    private static ServiceProvider Run(IStoreProvider provider)
    {
        var services = new ServiceCollection();
        services
            .AddRemanso()
            .UseMemoryTier()
            .UseStore(_ => provider)
            .AddCache<string, string>("default", static cache =>
            {
                cache.Options.Flush.Interval = TimeSpan.FromMilliseconds(10);
                cache.Options.Flush.MaxBackoff = TimeSpan.FromMilliseconds(100);
                cache.Options.Flush.DeadLetterAfter = TimeSpan.FromSeconds(1);
            });
        return services.BuildServiceProvider();
    }

    private static async Task AssertOnlyBadIsDeadAsync(IStoreProvider provider)
    {
        await using var running = Run(provider);
        var cache = running.GetRequiredService<ICache<string, string>>();
        await cache.SetAsync(Bad, "v");
        var i = 0;
        await Until.TrueAsync(
            async () =>
            {
                await cache.SetAsync($"good{i++}", "v");
                return (await cache.Operations.GetStatisticsAsync()).Flush.DeadLettered == 1;
            },
            "the bad one is a dead letter"
        );

        Assert.Equal(Bad, Assert.Single(await cache.Operations.GetDeadLettersAsync()).Key);
        await Until.TrueAsync(async () => (await cache.Operations.GetStatisticsAsync()).Dirty.Entries == 0, "the others are stored");
    }
}
