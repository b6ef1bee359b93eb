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
    public async Task<long> UsedMemoryAsync() => (long)await NumberAsync("memory", "used_memory:");

    /// <summary>The processor time of the thread that runs commands, since the server started.</summary>
    public async Task<TimeSpan> ProcessorTimeAsync() =>
        TimeSpan.FromSeconds(
            await NumberAsync("cpu", "used_cpu_sys_main_thread:") + await NumberAsync("cpu", "used_cpu_user_main_thread:")
        );

    /// <summary>How many scripts ran since the server started.</summary>
    public async Task<long> ScriptCallsAsync() => (long)await NumberAsync("commandstats", "cmdstat_evalsha:calls=");

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    private async Task<bool> HasInInfoAsync(string line) => (await InfoAsync("persistence")).Contains(line, StringComparison.Ordinal);

    /// <summary>How often the server read from a connection: once in a round of its loop, however many commands were there.</summary>
    public async Task<long> ReadsAsync() => (long)await NumberAsync("stats", "total_reads_processed:");

    /// <summary>The number after a text; 0 where that is not there.</summary>
    private async Task<double> NumberAsync(string section, string before)
    {
        var line = (await InfoAsync(section)).Split("\r\n").FirstOrDefault(line => line.StartsWith(before, StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.AsSpan(before.Length).ToString().Split(',')[0], CultureInfo.InvariantCulture);
    }

    private async Task<string> InfoAsync(string section) => await ExecuteAsync(Replies.Text, "INFO", section) ?? "";
}
