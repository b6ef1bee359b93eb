using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Remanso.Server.Tests.Hosting;

/// <summary>The real process, killed under load: what was promised is in the database.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Rounds = 20;
    private const int Writers = 8;

    // The flush interval and, with room for a machine that is busy with other tests, the time of one flush.
    private static readonly TimeSpan _window = TimeSpan.FromMilliseconds(250) + TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_kill_loses_no_stored_write_and_only_accepted_ones_of_the_last_flush_interval()
    {
        var worst = TimeSpan.Zero;
        var lost = 0;
        var total = 0;
        for (var round = 0; round < Rounds; round++)
        {
            using var folder = new TemporaryFolder();
            var acknowledged = new ConcurrentBag<(string Key, long Version, bool Stored, long At)>();
            long killed;
            await using (var server = await ServerProcess.StartAsync(folder.Path))
            {
                var enough = 500 + (100 * round);
                var writers = Enumerable
                    .Range(0, Writers)
                    .Select(writer => WriteAsync(server.Client, writer, storedEvery: round % 2 == 0 ? 10 : int.MaxValue, acknowledged))
                    .ToArray();
                while (acknowledged.Count < enough)
                {
                    await Task.WhenAny(Task.WhenAny(writers), Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
                }

                killed = TimeProvider.System.GetTimestamp();
                server.Kill();
                await Task.WhenAll(writers);
            }

            var rows = Versions(folder.File("data/remanso.db"));
            total += acknowledged.Count;
            foreach (var write in acknowledged.Where(write => rows.GetValueOrDefault(write.Key) < write.Version))
            {
                Assert.False(write.Stored, $"Round {round}: {write.Key} version {write.Version} was stored and is lost.");
                lost++;
                var age = write.At > killed ? TimeSpan.Zero : TimeProvider.System.GetElapsedTime(write.At, killed);
                worst = age > worst ? age : worst;
            }
        }

        output.WriteLine(
            $"{Rounds} kills, {total} acknowledged writes, {lost} accepted ones lost, the oldest acknowledged "
                + $"{worst.TotalMilliseconds:0} ms before its kill"
        );
        Assert.True(worst <= _window, $"An accepted write was lost {worst} after it was acknowledged.");
    }

    private static async Task WriteAsync(
        HttpClient client,
        int writer,
        int storedEvery,
        ConcurrentBag<(string Key, long Version, bool Stored, long At)> acknowledged
    )
    {
        for (var i = 0; ; i++)
        {
            // Few keys, so that most writes come while the key is dirty or being flushed.
            var key = $"w{writer}-{i % 50}";
            var stored = i % storedEvery == storedEvery - 1;
            try
            {
                using var body = new StringContent($"value {i}");
                using var response = await client.PutAsync($"/v1/caches/default/entries/{key}{(stored ? "?durability=stored" : "")}", body);
                Assert.True(response.IsSuccessStatusCode, response.StatusCode.ToString());
                acknowledged.Add(
                    (
                        key,
                        long.Parse(response.Header("ETag")!.Trim('"'), System.Globalization.CultureInfo.InvariantCulture),
                        stored,
                        TimeProvider.System.GetTimestamp()
                    )
                );
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }

    private static Dictionary<string, long> Versions(string database)
    {
        var versions = new Dictionary<string, long>();
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT key, version FROM cache_data WHERE cache = 'default'";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            versions.Add(reader.GetString(0), reader.GetInt64(1));
        }

        return versions;
    }
}
