using Microsoft.Data.Sqlite;

namespace PageViews;

/// <summary>The application's own table. The cache maps it and changes nothing of its form.</summary>
internal sealed class PageTable(string path)
{
    private readonly string _connectionString = $"Data Source={path}";

    public string Path => path;

    public async Task CreateAsync()
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = """
            CREATE TABLE IF NOT EXISTS page_views (
                page TEXT NOT NULL PRIMARY KEY,
                views INTEGER NOT NULL,
                row_version INTEGER NOT NULL DEFAULT 0)
            """;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The most viewed pages: a query by value, which a cache can't answer and the database can.</summary>
    public async Task<IReadOnlyList<PageCount>> ReadTopAsync(int most)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT page, views FROM page_views ORDER BY views DESC, page LIMIT $most";
        command.Parameters.AddWithValue("$most", most);
        await using var reader = await command.ExecuteReaderAsync();
        var pages = new List<PageCount>();
        while (await reader.ReadAsync())
        {
            pages.Add(new PageCount(reader.GetString(0), reader.GetInt64(1)));
        }

        return pages;
    }

    public async Task<long> SumAsync()
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT COALESCE(SUM(views), 0) FROM page_views";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<SqliteConnection> OpenAsync()
    {
        var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync();
        return connection;
    }
}
