using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Remanso;

namespace Telemetry;

/// <summary>A SQLite file, or PostgreSQL where the address names a host.</summary>
internal sealed class Database(string address)
{
    private readonly bool _isPostgres = address.Contains("Host=", StringComparison.OrdinalIgnoreCase);

    public string Name => _isPostgres ? "PostgreSQL" : address;

    public RemansoBuilder Use(RemansoBuilder builder) => _isPostgres ? builder.UsePostgres(address) : builder.UseSqlite(address);

    public Task<long> CountSensorsAsync() => CountAsync("SELECT COUNT(*) FROM cache_data WHERE cache = 'readings'");

    public Task<long> CountReadingsAsync() => CountAsync("SELECT COUNT(*) FROM cache_data_history WHERE cache = 'readings'");

    private async Task<long> CountAsync(string query)
    {
        await using DbConnection connection = _isPostgres ? new NpgsqlConnection(address) : new SqliteConnection($"Data Source={address}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
