using Remanso.Redis.Resp.Sentinels;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Sentinels that come and go.</summary>
public sealed class SentinelCircleTests
{
    private const int Most = 32;

    private string _others = "*0\r\n";

    [Fact]
    public async Task Sentinels_that_are_gone_make_room_for_new_ones()
    {
        await using var configured = new FakeRedis(AnswerAsync);
        await using var late = new FakeRedis(AnswerAsync);
        // More than are kept, at a host where nobody listens.
        Volatile.Write(ref _others, Named([.. Enumerable.Range(1, 40).Select(static port => ("127.0.0.9", port))], "sentinel"));
        var options = RedisOptions.Parse($"redis+sentinel://127.0.0.1:{configured.Port}/m");
        options.Timings.TopologyRefresh = TimeSpan.FromMilliseconds(1);
        await using var circle = new SentinelCircle(
            options,
            TimeProvider.System,
            static () => int.MaxValue,
            static () => { },
            static (_, _) => { }
        );
        circle.Start();
        await Until.TrueAsync(() => circle.EndPoints.Count() == Most, "it has learnt of as many as it may");

        Volatile.Write(ref _others, Named([("127.0.0.1", late.Port)], "sentinel"));

        RedisEndPoint[] alive = [.. options.EndPoints, new("127.0.0.1", late.Port)];
        await Until.TrueAsync(() => KnowsAsync(circle, alive), "those that are gone are forgotten, and the new one is known");
        await Until.TrueAsync(() => late.Accepted > 0, "the new one is connected to");

        // Whom it takes for dead it still lists, as a sentinel does.
        Volatile.Write(ref _others, Named([("127.0.0.1", late.Port), ("127.0.0.9", 1)], "s_down,sentinel"));
        await late.DisposeAsync();

        await Until.TrueAsync(() => KnowsAsync(circle, [.. options.EndPoints]), "those that are taken for dead are forgotten");
    }

    [Fact]
    public async Task Who_answers_long_after_the_others_has_its_vote_and_is_heard_when_it_names_another_master()
    {
        var held = new TaskCompletionSource();
        held.SetResult();
        var far = "127.0.0.9";
        var epoch = "1";
        await using var near = new FakeRedis(AnswerAsync);
        await using var late = new FakeRedis(
            async (connection, command) =>
            {
                if (command is not ["SENTINEL", "MASTER" or "GET-MASTER-ADDR-BY-NAME", ..])
                {
                    await AnswerAsync(connection, command);
                    return;
                }
                await Volatile.Read(ref held).Task;
                await connection.SendAsync(
                    command is [_, "MASTER", ..] ? $"*2\r\n{Text("config-epoch")}{Text(epoch)}" : $"*2\r\n{Text(far)}{Text("6379")}"
                );
            }
        );
        var told = 0;
        await using var circle = new SentinelCircle(
            RedisOptions.Parse($"redis+sentinel://127.0.0.1:{near.Port},127.0.0.1:{late.Port}/m"),
            TimeProvider.System,
            static () => int.MaxValue,
            () => Interlocked.Increment(ref told),
            static (_, _) => { }
        );
        circle.Start();
        await Until.TrueAsync(async () => await circle.FindMasterAsync(Cancelled) is { Votes: 2 }, "both have answered");

        try
        {
            Volatile.Write(ref held, new());
            Assert.Equal(
                new SentinelWord(new("127.0.0.9", 6379), 1, Votes: 2, Asked: 2, Known: 2),
                await circle.FindMasterAsync(Cancelled)
            );

            // What it says then is from after a fail-over that the near one has not heard of.
            var before = Volatile.Read(ref told);
            (far, epoch) = ("127.0.0.8", "2");
            held.SetResult();
            await Until.TrueAsync(() => Volatile.Read(ref told) > before, "it is told that another one is named");
            Volatile.Write(ref held, new());
            Assert.Equal(
                new SentinelWord(new("127.0.0.8", 6379), 2, Votes: 1, Asked: 2, Known: 2),
                await circle.FindMasterAsync(Cancelled)
            );
        }
        finally
        {
            held.TrySetResult();
        }
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static async Task<bool> KnowsAsync(SentinelCircle circle, RedisEndPoint[] endPoints)
    {
        await circle.FindMasterAsync(Cancelled);
        return circle.EndPoints.ToHashSet().SetEquals(endPoints);
    }

    private Task AnswerAsync(FakeConnection connection, string[] command) =>
        connection.SendAsync(
            command switch
            {
                ["SUBSCRIBE", var channel] => $">3\r\n$9\r\nsubscribe\r\n{Text(channel)}:1\r\n",
                ["SENTINEL", "SENTINELS", ..] => Volatile.Read(ref _others),
                ["SENTINEL", "MASTER", ..] => "*2\r\n$12\r\nconfig-epoch\r\n$1\r\n1\r\n",
                ["SENTINEL", ..] => $"*2\r\n{Text("127.0.0.9")}{Text("6379")}",
                _ => "-ERR unknown\r\n",
            }
        );

    private static string Named((string Host, int Port)[] others, string flags) =>
        $"*{others.Length}\r\n"
        + string.Concat(
            others.Select(other => $"*6\r\n{Text("ip")}{Text(other.Host)}{Text("port")}{Text($"{other.Port}")}{Text("flags")}{Text(flags)}")
        );

    private static string Text(string text) => $"${text.Length}\r\n{text}\r\n";
}
