using StackExchange.Redis;

namespace Remanso.Benchmarks.Workloads;

/// <summary>The same commands by StackExchange.Redis, one connection, as its users have it.</summary>
internal sealed class StackExchangeClient : IAsyncDisposable
{
    /// <summary>The version that the project refers to.</summary>
    public const string Name = "StackExchange.Redis 3.4.35";

    private readonly ConnectionMultiplexer _connection;
    private readonly IDatabase _database;

    private StackExchangeClient(ConnectionMultiplexer connection)
    {
        _connection = connection;
        _database = connection.GetDatabase();
    }

    public static async Task<StackExchangeClient> ConnectAsync(string address) => new(await ConnectionMultiplexer.ConnectAsync(address));

    public async ValueTask<RedisValue> GetAsync(string key) => await _database.StringGetAsync(key);

    /// <summary>Runs a script that is loaded, with a key in the places where the recorded one has its placeholder.</summary>
    /// <param name="digest">Of the script.</param>
    /// <param name="command">The number of keys, the keys, the other arguments.</param>
    /// <param name="key">What takes the placeholder's place.</param>
    public async ValueTask<RedisResult> EvalAsync(byte[] digest, RecordedTexts command, string key)
    {
        var keys = new RedisKey[command.Keys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = command.Keys[i].With(key);
        }

        var values = new RedisValue[command.Values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = command.Values[i].With(key);
        }

        return await _database.ScriptEvaluateAsync(digest, keys, values);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
