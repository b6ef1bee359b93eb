using Npgsql;
using Remanso.Conformance.Servers;

namespace Remanso.Docs.Tests.HowTo;

/// <summary>What <c>docs/how-to/own-tables.md</c>, <c>own-store.md</c> and <c>ef-core.md</c> list, but for the model.</summary>
public sealed class OwnTablesPageTests(PostgresServer postgres) : ProgramFolder
{
    public enum OrderState
    {
        Open,
        Paid,
    }

    [Fact]
    public async Task A_table_is_mapped()
    {
        await CreateAsync(
            """
            CREATE SCHEMA IF NOT EXISTS sales;
            CREATE TABLE sales.orders (
                tenant text NOT NULL, number integer NOT NULL, customer text NOT NULL, total_cents bigint NOT NULL,
                state text NOT NULL,
                row_version bigint NOT NULL DEFAULT 0, deleted_at timestamptz, expires_at timestamptz, updated_at timestamptz,
                PRIMARY KEY (tenant, number));
            """
        );
        var builder = Declared.Builder();
        builder
            .Services.AddRemanso()
            .UsePostgres("postgres://app@localhost/shop")
            .AddCache<OrderKey, Order>("orders", cache =>
                cache.UseTable(table =>
                    table
                        .Named("orders", schema: "sales")
                        .Key(k => k.Tenant, "tenant")
                        .Key(k => k.Number, "number")
                        .Column(o => o.Customer, "customer")
                        .Column(o => o.Total, "total_cents", total => (long)(total * 100), cents => cents / 100m)
                        .ColumnAsText(o => o.State, "state")
                        .Version("row_version")
                        .SoftDelete("deleted_at")
                        .Expiry("expires_at")
                        .UpdatedAt("updated_at")
                )
            );
        builder.Services.AddRemanso().UsePostgres(postgres.ConnectionString);

        await Declared.RunAsync(builder, services =>
            Declared.UseAsync(services, new OrderKey("a", 1), new Order("Alice", 4.2m, OrderState.Paid))
        );
    }

    [Fact]
    public async Task The_page_of_the_package()
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=shop.db");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, row_version INTEGER NOT NULL DEFAULT 0)";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var builder = Declared.Builder();
        builder
            .Services.AddRemanso()
            .UseSqlite("shop.db")
            .AddCache<int, Profile>("users", cache =>
                cache.UseTable(table =>
                    table.Named("users").Key("id").Column(user => user.Name, "name").Version("row_version").AllowHardDeletes()
                )
            );

        await Declared.RunAsync(builder, static services => Declared.UseAsync(services, 1, new Profile("Alice")));
    }

    /// <remarks>What <c>own-tables-engines.md</c> says of values of which the table makes something else.</remarks>
    [Fact]
    public async Task Readers_get_what_was_written_until_the_copy_is_loaded_anew()
    {
        await CreateAsync("CREATE TABLE prices (id int PRIMARY KEY, amount numeric(10, 2) NOT NULL, v bigint NOT NULL DEFAULT 0)");
        var builder = Declared.Builder();
        builder
            .Services.AddRemanso()
            .UsePostgres(postgres.ConnectionString)
            .AddCache<int, decimal>("prices", cache =>
                cache.UseTable(table => table.Named("prices").Key("id").Column(price => price, "amount").Version("v").AllowHardDeletes())
            );

        await Declared.RunAsync(builder, static async services =>
        {
            var prices = services.GetRequiredService<ICache<int, decimal>>();
            var written = await prices.SetAsync(1, -0.005m, new WriteOptions { Durability = Durability.Stored });
            var flushed = await prices.GetAsync(1);
            await prices.InvalidateAsync(1);
            var loaded = await prices.GetAsync(1);

            Assert.Equal((-0.005m, -0.01m), (flushed.Value, loaded.Value));
            Assert.Equal((written.Version, written.Version), (flushed.Version, loaded.Version));
        });
    }

    [Fact]
    public async Task A_trigger_raises_the_version()
    {
        await CreateAsync("CREATE SCHEMA IF NOT EXISTS sales");
        var listing = Pages.Page.At("docs/how-to/own-tables.md").Listings.First(static listing => listing.Language == "sql");

        await CreateAsync(
            listing
                .Text.Replace("sales.orders", "sales.raised", StringComparison.Ordinal)
                .Insert(0, "CREATE TABLE sales.raised (id int, row_version bigint);")
        );
        await CreateAsync("INSERT INTO sales.raised VALUES (1, 5); UPDATE sales.raised SET id = 2");

        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand("SELECT row_version FROM sales.raised");
        Assert.True((long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))! > 1_700_000_000_000_000);
    }

    [Fact]
    public async Task A_store_is_written()
    {
        var builder = Declared.Builder();
        builder.Services.AddSingleton<ProfileStore>();
        builder
            .Services.AddRemanso()
            .AddCache<int, Profile>("profiles", cache => cache.Store = services => services.GetRequiredService<ProfileStore>());

        await Declared.RunAsync(builder, static services => Declared.UseAsync(services, 1, new Profile("Alice")));
    }

    private async Task CreateAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public sealed record OrderKey(string Tenant, int Number);

    public sealed record Order(string Customer, decimal Total, OrderState State);

    private sealed record Profile(string Name);

    private sealed class ProfileStore : IBackingStore<int, Profile>, IStoreIdentity
    {
        private readonly Testing.FakeStore<int, Profile> _rows = new();

        public string? Identity => "profiles.internal:5432/profiles";

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => _rows.InitializeAsync(cancellationToken);

        public ValueTask<IReadOnlyList<StoreRow<int, Profile>>> LoadAsync(IReadOnlyList<int> keys, CancellationToken cancellationToken) =>
            _rows.LoadAsync(keys, cancellationToken);

        public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<int, Profile>> batch,
            CancellationToken cancellationToken
        ) => _rows.SaveAsync(batch, cancellationToken);
    }
}
