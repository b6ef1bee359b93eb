using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Stampede;

/// <summary>A real SQLite database with the delay of a busy one: in a temporary folder, or where processes share it.</summary>
internal sealed class SlowDatabase : IAsyncDisposable
{
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(200);

    private readonly DirectoryInfo? _folder;
    private readonly TimeProvider _time;
    private readonly string _connectionString;
    private int _queries;

    private SlowDatabase(string? path, TimeProvider time)
    {
        _folder = path is null ? Directory.CreateTempSubdirectory("stampede-") : null;
        _time = time;
        _connectionString = $"Data Source={path ?? Path.Combine(_folder!.FullName, "bank.db")};Pooling=False";
    }

    /// <summary>How many queries it has run.</summary>
    public int Queries => Volatile.Read(ref _queries);

    public static async Task<SlowDatabase> CreateAsync(string? path, TimeProvider time)
    {
        var database = new SlowDatabase(path, time);
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        // Money as text: SQLite has no decimal, and a double would round it.
        command.CommandText =
            "CREATE TABLE IF NOT EXISTS account (user INTEGER PRIMARY KEY, balance TEXT NOT NULL); INSERT OR IGNORE INTO "
            + "account VALUES (123, '1234.56');";
        await command.ExecuteNonQueryAsync();
        return database;
    }

    public async ValueTask<decimal> QueryBalanceAsync(int user, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _queries);
        Console.WriteLine($"Querying the balance of user {user} in the database...");
        await Task.Delay(_delay, _time, cancellationToken);
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT balance FROM account WHERE user = $user";
        command.Parameters.AddWithValue("$user", user);
        return await command.ExecuteScalarAsync(cancellationToken) is string balance
            ? decimal.Parse(balance, CultureInfo.InvariantCulture)
            : throw new KeyNotFoundException($"There is no user {user}.");
    }

    public ValueTask DisposeAsync()
    {
        _folder?.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<SqliteConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
