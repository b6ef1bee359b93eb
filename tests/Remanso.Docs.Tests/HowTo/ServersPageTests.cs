using MySqlConnector;
using Npgsql;
using Remanso.Conformance.Servers;

namespace Remanso.Docs.Tests.HowTo;

/// <summary>What <c>docs/how-to/redis.md</c>, <c>postgresql.md</c> and <c>mysql.md</c> list, on the servers that are here.</summary>
public sealed class ServersPageTests(PostgresServer postgres, RedisServer redis) : ProgramFolder, IClassFixture<RedisServer>
{
    [Fact]
    public async Task Redis_and_PostgreSQL()
    {
        var builder = Declared.Builder();
        builder
            .Services.AddRemanso()
            .UseRedis("redis://localhost:6379")
            .UsePostgres("postgres://app@localhost/shop")
            .AddCache<int, User>("users");
        await using var durable = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        builder.Services.AddRemanso().UseRedis(durable.AdminAddress).UsePostgres(postgres.ConnectionString);

        await Declared.RunAsync(builder, static async services =>
        {
            var users = services.GetRequiredService<ICache<int, User>>();
            await users.SetAsync(42, new User("Alice", 7), new WriteOptions { Durability = Durability.Logged });
            await Declared.UseAsync(services, 42, new User("Alice", 7));
        });
    }

    [Fact]
    public async Task PostgreSQL_alone_will_do()
    {
        var builder = Declared.Builder();
        builder.Services.AddRemanso().UsePostgres("postgres://app@localhost/shop").AddCache<int, User>("users");
        builder.Services.AddRemanso().UsePostgres(postgres.ConnectionString);

        await Declared.RunAsync(builder, static services => Declared.UseAsync(services, 42, new User("Alice", 7)));
    }

    [Fact]
    public async Task PostgreSQL_by_a_data_source_with_tokens()
    {
        var tokens = new Issuer();
        var builder = Declared.Builder();
        var source = new NpgsqlDataSourceBuilder("Host=localhost;Username=app;Database=shop");
        source.UsePeriodicPasswordProvider(
            (_, cancellation) => tokens.GetTextAsync(cancellation),
            TimeSpan.FromMinutes(10),
            TimeSpan.FromSeconds(5)
        );
        source.ConnectionStringBuilder.ConnectionString = postgres.ConnectionString;
        await using var connections = source.Build();
        builder.Services.AddRemanso().UsePostgres(connections);
        builder.Services.AddRemanso().AddCache<int, User>("users");

        await Declared.RunAsync(builder, static services => Declared.UseAsync(services, 42, new User("Alice", 7)));
    }

    private sealed class Issuer
    {
        public ValueTask<string> GetTextAsync(CancellationToken cancellation) => new("a token");
    }

    [Fact]
    public async Task PostgreSQL_that_tells_of_changes()
    {
        var builder = Declared.Builder();
        builder
            .Services.AddRemanso()
            .UsePostgres("postgres://app@localhost/shop", options => options.ListenForChanges = true)
            .AddCache<int, User>("users");
        builder.Services.AddRemanso().UsePostgres(postgres.ConnectionString, options => options.ListenForChanges = true);

        await Declared.RunAsync(builder, static services => Declared.UseAsync(services, 42, new User("Alice", 7)));
    }

    [Fact]
    public async Task The_page_of_the_package_of_Redis_is_right()
    {
        var builder = Declared.Builder();
        builder
            .Services.AddRemanso()
            .UseRedis("redis://localhost:6379")
            .UsePostgres("Host=localhost;Database=shop;Username=app")
            .AddCache<int, User>("users");
        builder.Services.AddRemanso().UseRedis(redis.AdminAddress).UsePostgres(postgres.ConnectionString);

        await Declared.RunAsync(builder, static services => Declared.UseAsync(services, 42, new User("Alice", 7)));
    }

    [Fact]
    public async Task The_package_of_PostgreSQL()
    {
        var builder = Declared.Builder();
        builder.Services.AddRemanso().UsePostgres("Host=localhost;Database=shop;Username=app").AddCache<int, User>("users");
        builder.Services.AddRemanso().UsePostgres(postgres.ConnectionString);

        await Declared.RunAsync(builder, static services => Declared.UseAsync(services, 42, new User("Alice", 7)));
    }

    // The statements of MySQL have tests of their own, on servers of their own.
    [Fact]
    public async Task MySQL_by_the_driver_that_the_application_has()
    {
        var builder = Declared.Builder();
        builder.Services.AddRemanso().UseMySql("mysql://app@localhost/shop").AddCache<int, User>("users");
        builder.Services.AddRemanso().UseMySql("mysql://app@localhost/shop", driver: MySqlConnectorFactory.Instance);
        builder.Services.AddRemanso().UseSqlite("app.db");

        await Declared.RunAsync(builder, static services => Declared.UseAsync(services, 42, new User("Alice", 7)));
    }
}
