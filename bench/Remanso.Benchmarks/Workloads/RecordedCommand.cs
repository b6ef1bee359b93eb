using System.Globalization;
using System.Text;
using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Protocol;
using Remanso.Redis.Resp.Subscriptions;

namespace Remanso.Benchmarks.Workloads;

/// <summary>Takes down the script that the tier would run, so that another client can be given the very same one.</summary>
internal sealed class RecordedCommand : IRedisClient
{
    /// <summary>The script with its last argument written into it: that is packed numbers, and a command line takes no
    /// zeros. So the other client sends one argument less.</summary>
    public string Body { get; private set; } = "";

    /// <summary>What follows EVALSHA and the digest, but for the last argument.</summary>
    public IReadOnlyList<string> Arguments { get; private set; } = [];

    public RedisClientState State => throw new NotSupportedException();

    public IReadOnlyCollection<RedisNode> Nodes => [];

    public ValueTask<T> EvalAsync<T>(
        RedisScript script,
        ReplyParser<T> parser,
        ReadOnlySpan<RespArg> keys,
        ReadOnlySpan<RespArg> arguments,
        CancellationToken cancellation,
        RedisNode? node = null
    )
    {
        List<string> texts = [keys.Length.ToString(CultureInfo.InvariantCulture)];
        foreach (var argument in (ReadOnlySpan<RespArg>)[.. keys, .. arguments[..^1]])
        {
            texts.Add(
                argument.Text
                    ?? (
                        argument.IsInteger
                            ? argument.Integer.ToString(CultureInfo.InvariantCulture)
                            : Encoding.UTF8.GetString(argument.Bytes)
                    )
            );
        }

        Arguments = texts;
        var packed = string.Concat(
            arguments[^1].Bytes.ToArray().Select(static value => value.ToString("'\\'000", CultureInfo.InvariantCulture))
        );
        Body = script.Body.Replace($"ARGV[{arguments.Length}]", $"'{packed}'", StringComparison.Ordinal);
        return default;
    }

    public ValueTask<T> ExecuteAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    ) => throw new NotSupportedException();

    public Task<Waited<T>> ExecuteWithWaitAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        WaitFor wait,
        RedisScript? script,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    ) => throw new NotSupportedException();

    public Task ConnectAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public void RefreshTopology() => throw new NotSupportedException();

    public RedisNode? MasterOf(RespArg key) => null;

    public ValueTask<IAsyncDisposable> SubscribeAsync(RedisChannel channel, IRedisSubscriber subscriber, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
