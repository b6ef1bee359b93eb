using Npgsql;

namespace Remanso.Baselines;

/// <summary>
/// What an application does that has no cache to write to: each request upserts its row and answers when that is
/// committed. Connections are pooled, as many as there are requests under way, and the statement is prepared on each.
/// </summary>
internal static class DirectPostgres
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS bench_direct (
            key   text COLLATE "C" PRIMARY KEY,
            value text NOT NULL
        ) WITH (fillfactor = 80);
        """;

    private const string Upsert = """
        INSERT INTO bench_direct (key, value) VALUES ($1, $2)
        ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
        """;

    public static async Task RunAsync(string[] args)
    {
        var builder = HttpBaselines.CreateBuilder(args);
        builder.Services.AddRoutingCore();
        await using var app = builder.Build();
        await using var connections = NpgsqlDataSource.Create(
            app.Configuration["postgres"] ?? throw new InvalidOperationException("--postgres is missing.")
        );
        await using (var schema = connections.CreateCommand(Schema))
        {
            await schema.ExecuteNonQueryAsync();
        }

        app.MapPost("/set", async (SetRequest request) =>
        {
            await using var connection = await connections.OpenConnectionAsync();
            await using var upsert = new NpgsqlCommand(Upsert, connection)
            {
                Parameters =
                {
                    new NpgsqlParameter<string> { TypedValue = request.Key },
                    new NpgsqlParameter<string> { TypedValue = request.Value },
                },
            };
            await upsert.PrepareAsync();
            await upsert.ExecuteNonQueryAsync();
            return request;
        });
        await app.RunAsync();
    }
}
