using System.Globalization;
using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Protocol;

namespace Remanso.Benchmarks.Workloads;

/// <summary>A Redis of one's own to measure on: its data is deleted again and again.</summary>
/// <param name="address"><c>host:port</c>.</param>
internal sealed class RedisServer(string address) : IAsyncDisposable
{
    public string Address { get; } = address;

    public string Url => $"redis://{Address}";

    public IRedisClient Client { get; } = new RedisClient(RedisOptions.Parse($"redis://{address}"), TimeProvider.System);

    /// <summary>Deletes all data and begins the append-only file anew, so that neither grows from sample to sample.</summary>
    public async Task EmptyAsync()
    {
        await ExecuteAsync(Replies.Done, "FLUSHALL", "SYNC");
        if (!await HasInInfoAsync("aof_enabled:1"))
        {
            return;
        }

        await ExecuteAsync(Replies.Done, "BGREWRITEAOF");
        while (await HasInInfoAsync("aof_rewrite_in_progress:1") || await HasInInfoAsync("aof_rewrite_scheduled:1"))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>Runs a command that names no key.</summary>
    public ValueTask<T> ExecuteAsync<T>(ReplyParser<T> parser, params ReadOnlySpan<RespArg> arguments) =>
        Client.ExecuteAsync(RedisRoute.Any, parser, CancellationToken.None, arguments);

    /// <summary>The memory that the data takes now, in bytes.</summary>
    public async Task<long> UsedMemoryAsync()
    {
        const string Field = "used_memory:";
        var line = (await InfoAsync("memory")).Split("\r\n").First(static line => line.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(Field.Length), CultureInfo.InvariantCulture);
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    private async Task<bool> HasInInfoAsync(string line) => (await InfoAsync("persistence")).Contains(line, StringComparison.Ordinal);

    private async Task<string> InfoAsync(string section) => await ExecuteAsync(Replies.Text, "INFO", section) ?? "";
}
