using Npgsql;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Commands.Doctor;

/// <summary>What <c>doctor</c> says of databases.</summary>
public sealed class DoctorOnDatabaseTests(PostgresServer postgres, MariaDbServer mariaDb)
    : IClassFixture<PostgresServer>,
        IClassFixture<MariaDbServer>
{
    [Fact]
    public async Task Nothing_is_wrong_with_the_roles_that_are_documented_and_nothing_is_left_behind()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb", "--appendonly", "yes");
        var run = await DoctorRun.OfAsync(
            "--tier",
            redis.Address,
            "--store",
            postgres.RoleUrl,
            "--Remanso:ListenForChanges",
            "true",
            "--Remanso:Caches:default:WriteMode",
            "EveryVersion"
        );

        Assert.Empty(run.Wrong);
        Assert.Equal(0, run.Code);
        Assert.DoesNotContain(RedisProcess.Password, run.Text, StringComparison.Ordinal);
        Assert.Equal(0L, await PostgresAsync("SELECT count(*) FROM pg_class WHERE relname LIKE 'cache_data%'"));
    }

    [Fact]
    public async Task Nothing_is_wrong_with_the_account_of_MariaDB_that_is_documented()
    {
        var run = await MariaAsync(mariaDb.AccountUrl);

        Assert.Empty(run.Wrong);
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public async Task A_table_of_another_shape_is_named_with_its_cure()
    {
        var url = await DatabaseAsync(
            "shape",
            "CREATE TABLE cache_data (cache text, key text, version integer, deleted boolean, updated_at bigint, "
                + "content_type text, value text)"
        );

        var run = await DoctorRun.OfAsync("--store", url);

        run.Names("problem", "database", "tables", "its column version is integer and must be bigint");
        run.Names("problem", "database", "tables", "ADD PRIMARY KEY");
        Assert.Equal(5, run.Code);
    }

    [Fact]
    public async Task A_table_that_a_purge_must_read_as_a_whole_is_named_with_its_index()
    {
        var url = await DatabaseAsync(
            "purge",
            "CREATE TABLE cache_data (cache text NOT NULL, key text NOT NULL, version bigint NOT NULL, expires_at bigint, "
                + "updated_at bigint NOT NULL, deleted boolean NOT NULL, gone_at bigint GENERATED ALWAYS AS (CASE WHEN deleted THEN "
                + "updated_at ELSE expires_at END) STORED, content_type text, value bytea, PRIMARY KEY (cache, key))"
        );

        var run = await DoctorRun.OfAsync("--store", url);

        run.Names("warning", "database", "tables", "no index on gone_at");
        Assert.Contains("CREATE INDEX CONCURRENTLY ON", run.Text, StringComparison.Ordinal);
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public async Task A_role_that_may_not_make_or_write_the_table_is_named()
    {
        var url = await DatabaseAsync(
            "rights",
            "CREATE ROLE poor LOGIN",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "GRANT USAGE ON SCHEMA public TO poor"
        );
        url = url.Replace("postgres@", "poor@", StringComparison.Ordinal);
        (await DoctorRun.OfAsync("--store", url)).Names("problem", "database", "rights", "permission denied");

        await PostgresAsync("GRANT CREATE ON SCHEMA public TO poor", "rights");
        Assert.Empty((await DoctorRun.OfAsync("--store", url)).Wrong);
    }

    [Fact]
    public async Task A_trigger_that_changes_versions_is_named()
    {
        var url = await DatabaseAsync("trigger");
        await using (await RunningServer.StartAtAsync("--urls", "http://127.0.0.1:0", "--store", url))
        {
            // It makes the table.
        }

        await PostgresAsync(
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.version := NEW.version + 7; RETURN NEW; END'; "
                + "CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON cache_data FOR EACH ROW EXECUTE FUNCTION touch()",
            "trigger"
        );

        var run = await DoctorRun.OfAsync("--store", url);

        run.Names("problem", "database", "rights", "a trigger or a rule changes versions");
        Assert.Equal(0L, await PostgresAsync("SELECT count(*) FROM cache_data", "trigger"));
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named_and_the_rest_is_not_checked()
    {
        var run = await DoctorRun.OfAsync(
            "--store",
            postgres.RoleUrl.Replace($":{postgres.Port}/postgres", $":{postgres.Port}/nowhere", StringComparison.Ordinal)
        );

        run.Names("problem", "database", "reachable", "nowhere");
        Assert.Contains(run.Checks, static check =>
            check.GetProperty("name").GetString() == "tables" && check.GetProperty("status").GetString() == "unknown"
        );
        Assert.DoesNotContain(RedisProcess.Password, run.Text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("needs", "managed")]
    public async Task A_second_unique_key_a_missing_right_and_a_trigger_of_MariaDB_are_named()
    {
        var builder = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["with_keys"] = "ALTER TABLE cache_data ADD UNIQUE second (version)",
            ["with_trigger"] = "CREATE TRIGGER touch BEFORE INSERT ON cache_data FOR EACH ROW SET NEW.version = NEW.version + 7",
        };
        foreach (var (name, change) in builder)
        {
            await MariaSqlAsync($"CREATE DATABASE {name}");
            await using (await ServerProcess.StartAsync(AppContext.BaseDirectory, "--store", UrlOf(name), "--Remanso:MySql:Driver", Driver))
            {
                // It makes the table.
            }

            await MariaSqlAsync($"USE {name}; {change}");
        }

        (await MariaAsync(UrlOf("with_keys"))).Names("problem", "database", "tables", "second unique key");
        (await MariaAsync(UrlOf("with_trigger"))).Names("problem", "database", "rights", "a trigger or a rule changes versions");

        await MariaSqlAsync("CREATE DATABASE empty_one; CREATE USER poor; GRANT SELECT ON empty_one.* TO poor");
        (await MariaAsync(UrlOf("empty_one").Replace("root@", "poor@", StringComparison.Ordinal))).Names(
            "problem",
            "database",
            "rights",
            "no grant"
        );
    }

    private static string Driver => Path.Combine(AppContext.BaseDirectory, "driver");

    private static Task<DoctorRun> MariaAsync(string url) => DoctorRun.OfAsync("--store", url, "--Remanso:MySql:Driver", Driver);

    private string UrlOf(string database) => mariaDb.Url.Replace("/test", "/" + database, StringComparison.Ordinal);

    private async Task MariaSqlAsync(string sql)
    {
        var connections = Remanso
            .MySql.MySqlDriver.Find(Driver)
            .CreateDataSource($"Server=127.0.0.1;Port={mariaDb.Port};User ID=root;Allow User Variables=true");
        await using (connections)
        {
            await using var connection = await connections.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    private async Task<string> DatabaseAsync(string name, params string[] statements)
    {
        await PostgresAsync($"CREATE DATABASE {name}");
        foreach (var statement in statements)
        {
            await PostgresAsync(statement, name);
        }

        return postgres.Url.Replace($":{postgres.Port}/postgres", $":{postgres.Port}/{name}", StringComparison.Ordinal);
    }

    private async Task<object?> PostgresAsync(string sql, string database = "postgres")
    {
        var settings = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = database, Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
