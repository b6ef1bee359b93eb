using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using MySql.Data.MySqlClient;
using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Postgres;
using Remanso.Stores;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>Passwords of databases that change while caches are flushed into them, and connections that are the host's.</summary>
public sealed class SignInTests(MariaDbServer mariaDb) : IDisposable
{
    private static readonly WriteOptions _stored = new() { Durability = Durability.Stored };

    private readonly string _folder = Directory.CreateTempSubdirectory("remanso-sign-in-").FullName;

    private string PasswordFile => Path.Combine(_folder, "password");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task PostgreSQL_takes_the_password_that_the_file_holds_by_then()
    {
        await using var server = await StartPostgresAsync();
        await File.WriteAllTextAsync(PasswordFile, "first\n", TestContext.Current.CancellationToken);
        await using var caches = await RemansoCaches.CreateAsync(remanso =>
            remanso
                .UsePostgres($"postgres://app@127.0.0.1:{server.Port}/postgres", options => options.PasswordFile = PasswordFile)
                .AddCache<string, string>("texts")
        );

        await SurviveAsync(caches, async password =>
        {
            await File.WriteAllTextAsync(PasswordFile, password, TestContext.Current.CancellationToken);
            await ChangeAsync(server, password);
        });
    }

    [Fact]
    public async Task A_data_source_of_the_hosts_signs_in_its_own_way_and_outlives_the_caches()
    {
        await using var server = await StartPostgresAsync();
        var password = "first";
        var builder = new NpgsqlDataSourceBuilder($"Host=127.0.0.1;Port={server.Port};Username=app;Database=postgres");
        builder.UsePasswordProvider(_ => password, (_, _) => new(password));
        await using var source = builder.Build();
        await using (
            var caches = await RemansoCaches.CreateAsync(remanso =>
                remanso.UsePostgres(source, static options => options.ListenForChanges = true).AddCache<string, string>("texts")
            )
        )
        {
            await SurviveAsync(caches, async next =>
            {
                password = next;
                await ChangeAsync(server, next);
            });
            await HearAsync(server, caches.Get<string, string>("texts"));
        }

        // Nothing of ours is left on the connections that it keeps.
        for (var i = 0; i < 4; i++)
        {
            await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_listening_channels()", connection);
            Assert.Equal(0L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task MySQL_takes_the_password_that_the_file_holds_by_then()
    {
        await using var admin = MySqlTestBed.Connect(mariaDb, "pooling=false");
        await ExecuteAsync(
            admin,
            "CREATE DATABASE rotated; CREATE USER rotated@'127.0.0.1' IDENTIFIED BY 'first'; GRANT ALL ON rotated.* TO rotated@'127.0.0.1'"
        );
        await File.WriteAllTextAsync(PasswordFile, "first\n", TestContext.Current.CancellationToken);
        await using var caches = await RemansoCaches.CreateAsync(remanso =>
            remanso
                .UseMySql(
                    $"mysql://rotated@127.0.0.1:{mariaDb.Port}/rotated",
                    options => options.PasswordFile = PasswordFile,
                    MySqlClientFactory.Instance
                )
                .AddCache<string, string>("texts")
        );

        await SurviveAsync(caches, async password =>
        {
            await File.WriteAllTextAsync(PasswordFile, password, TestContext.Current.CancellationToken);
            await ExecuteAsync(admin, $"ALTER USER rotated@'127.0.0.1' IDENTIFIED BY '{password}'; KILL USER rotated@'127.0.0.1'");
        });
    }

    [Fact]
    public async Task A_PostgreSQL_password_file_that_is_being_written_leaves_the_password_of_before()
    {
        await using var server = await StartPostgresAsync();
        await File.WriteAllTextAsync(PasswordFile, "first\n", TestContext.Current.CancellationToken);
        await using var sources = PostgresSources.Of(
            PostgresAddress.Parse($"postgres://app@127.0.0.1:{server.Port}/postgres?Pooling=false"),
            new PostgresStoreOptions { PasswordFile = PasswordFile }
        );
        await (await sources.Connections.OpenConnectionAsync(TestContext.Current.CancellationToken)).DisposeAsync();

        await File.WriteAllTextAsync(PasswordFile, "", TestContext.Current.CancellationToken);

        await (await sources.Connections.OpenConnectionAsync(TestContext.Current.CancellationToken)).DisposeAsync();
    }

    [Fact]
    public async Task What_is_wrong_with_a_PostgreSQL_password_file_is_told()
    {
        await using var server = await StartPostgresAsync();
        await using var provider = new PostgresStoreProvider(
            PostgresAddress.Parse($"postgres://app@127.0.0.1:{server.Port}/postgres"),
            new PostgresStoreOptions { PasswordFile = PasswordFile }
        );

        var refused = await Assert.ThrowsAsync<StoreException>(() =>
            provider.Create("default").InitializeAsync(TestContext.Current.CancellationToken).AsTask()
        );

        Assert.Contains(PasswordFile, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_file_that_is_not_there_or_stands_beside_a_password_is_refused()
    {
        Assert.Contains(PasswordFile, Refused("postgres://app@h/db"), StringComparison.Ordinal);
        Assert.Contains(PasswordFile, Refused("mysql://app@h/db"), StringComparison.Ordinal);
        File.WriteAllText(PasswordFile, "first");
        Assert.Contains("one of them has to go", Refused("postgres://app:s3cret@h/db"), StringComparison.Ordinal);
        Assert.Contains("one of them has to go", Refused("mysql://app:s3cret@h/db"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SQLite_lets_the_host_prepare_each_connection()
    {
        var prepared = 0;
        await using var caches = await RemansoCaches.CreateAsync(remanso =>
            remanso
                .UseSqlite(Path.Combine(_folder, "app.db"), options => options.Opened = connection =>
                    {
                        Assert.Equal(System.Data.ConnectionState.Open, connection.State);
                        Interlocked.Increment(ref prepared);
                    })
                .AddCache<string, string>("texts")
        );

        await caches.Get<string, string>("texts").SetAsync("k", "v", _stored);

        Assert.True(Volatile.Read(ref prepared) >= 1);
    }

    private string Refused(string address)
    {
        var error = Assert.Throws<FormatException>(() =>
        {
            var remanso = new ServiceCollection().AddRemanso();
            _ = address.StartsWith("postgres", StringComparison.Ordinal)
                ? remanso.UsePostgres(address, options => options.PasswordFile = PasswordFile)
                : remanso.UseMySql(address, options => options.PasswordFile = PasswordFile, MySqlClientFactory.Instance);
        });
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
        return error.Message;
    }

    /// <summary>Writes, has the password changed and all connections ended meanwhile, and writes on: every write is stored.</summary>
    private static async Task SurviveAsync(RemansoCaches caches, Func<string, Task> change)
    {
        var texts = caches.Get<string, string>("texts");
        await texts.SetAsync("k", "before", _stored);
        var writes = Enumerable.Range(0, 50).Select(async i => await texts.SetAsync($"k{i}", "v", _stored)).ToList();
        await change("second");
        await Task.WhenAll(writes);
        await texts.SetAsync("k", "after", _stored);
        Assert.Equal("after", (await texts.GetAsync("k")).Value);
    }

    private static async Task HearAsync(PostgresServer server, ICache<string, string> texts)
    {
        await using var foreign = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false");
        await ExecuteAsync(foreign, "UPDATE cache_data SET value = 'theirs' WHERE key = 'k'");
        await Until.TrueAsync(async () => (await texts.GetAsync("k")).Value == "theirs", "the change by others is heard of");
    }

    // A server that asks the role "app" for its password; the superuser is asked for none.
    private static async Task<PostgresServer> StartPostgresAsync()
    {
        var server = new PostgresServer();
        await server.InitializeAsync();
        await using var source = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false");
        await ExecuteAsync(source, "CREATE ROLE app LOGIN PASSWORD 'first'; GRANT ALL ON SCHEMA public TO app");
        await using var command = source.CreateCommand("SHOW hba_file");
        var file = (string)(await command.ExecuteScalarAsync())!;
        await ExecuteAsync(
            source,
            $"COPY (VALUES ('host all app 127.0.0.1/32 scram-sha-256'), ('host all all 127.0.0.1/32 trust')) TO '{file}'"
        );
        await ExecuteAsync(source, "SELECT pg_reload_conf()");
        return server;
    }

    private static async Task ChangeAsync(PostgresServer server, string password)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false");
        await ExecuteAsync(source, $"ALTER ROLE app PASSWORD '{password}'");
        await ExecuteAsync(source, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    }

    private static async Task ExecuteAsync(DbDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
