using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Remanso.Stores.Tests.Samples;

/// <summary>
/// A store as a user may write one: a table without a version column, guarded by the fencing token that each row was last written with.
/// </summary>
/// <param name="connectionString">The database.</param>
public sealed class FencedStore(string connectionString) : IBackingStore<int, string>
{
    public ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE IF NOT EXISTS profiles (id INTEGER PRIMARY KEY, name TEXT, token INTEGER NOT NULL)";
        command.ExecuteNonQuery();
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<StoreRow<int, string>>> LoadAsync(IReadOnlyList<int> keys, CancellationToken cancellationToken)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, name FROM profiles WHERE id IN (SELECT value FROM json_each($keys))";
        command.Parameters.AddWithValue(
            "$keys",
            $"[{string.Join(',', keys.Select(static key => key.ToString(CultureInfo.InvariantCulture)))}]"
        );
        using var reader = command.ExecuteReader();
        var rows = new List<StoreRow<int, string>>();
        while (reader.Read())
        {
            // No version is kept: 0. The name of a deleted profile is NULL.
            rows.Add(
                new StoreRow<int, string>
                {
                    Key = reader.GetInt32(0),
                    Value = reader.IsDBNull(1) ? null : reader.GetString(1),
                    Version = 0,
                    Deleted = reader.IsDBNull(1),
                }
            );
        }

        return ValueTask.FromResult<IReadOnlyList<StoreRow<int, string>>>(rows);
    }

    public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<int, string>> batch,
        CancellationToken cancellationToken
    )
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction(deferred: false);
        using var command = connection.CreateCommand();
        command.CommandText = """
            INSERT INTO profiles AS stored (id, name, token) VALUES ($id, $name, $token)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, token = excluded.token WHERE stored.token <= excluded.token
            """;
        var outcomes = new SaveOutcome[batch.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$id", batch[i].Key);
            command.Parameters.AddWithValue("$name", batch[i].Deleted ? DBNull.Value : batch[i].Value);
            command.Parameters.AddWithValue("$token", batch[i].FencingToken);

            // A holder that lost its lease: what the row has is newer, by an unknown version.
            outcomes[i] = command.ExecuteNonQuery() > 0 ? SaveOutcome.Applied : SaveOutcome.Superseded(batch[i].Version + 1);
        }

        transaction.Commit();
        return ValueTask.FromResult<IReadOnlyList<SaveOutcome>>(outcomes);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        return connection;
    }
}
