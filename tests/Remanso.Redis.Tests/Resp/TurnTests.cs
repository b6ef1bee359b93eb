using Remanso.Redis.Resp;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Callers that block where they are woken: their own time is all that it costs.</summary>
/// <remarks>Alone: dozens of them block the pool of the whole process for as long as it takes to get more threads.</remarks>
[CollectionDefinition(nameof(TurnTests), DisableParallelization = true)]
[Collection(nameof(TurnTests))]
public sealed class TurnTests(RedisServer server) : IClassFixture<RedisServer>
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_caller_may_wait_for_its_next_reply_where_it_was_woken()
    {
        await using var client = Create();
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(
                Enumerable
                    .Range(0, 50)
                    .Select(async i =>
                    {
                        await client.DoAsync("SET", $"turn:{i}", $"{i}");
                        Assert.Equal($"{i}", Blocked(client, $"turn:{i}"));
                    })
            )
            .WaitAsync(_patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Callers_that_block_until_all_others_were_woken_hold_up_nobody()
    {
        const int Callers = 3;
        await using var client = Create();
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        using var barrier = new Barrier(Callers);
        var calls = Enumerable
            .Range(0, Callers)
            .Select(async i =>
            {
                await client.TextAsync("GET", $"turn:{i}");
                Assert.True(barrier.SignalAndWait(_patience));
            })
            .ToArray();
        await Task.WhenAll(calls);
    }

    [Fact]
    public async Task Replies_are_read_and_commands_written_while_a_caller_blocks()
    {
        await using var client = Create();
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        using var gate = new ManualResetEventSlim();
        var blocked = BlockAsync();
        for (var i = 0; i < 100; i++)
        {
            await client.DoAsync("SET", "turn:other", $"{i}").AsTask().WaitAsync(_patience, TestContext.Current.CancellationToken);
        }

        gate.Set();
        Assert.True(await blocked);

        async Task<bool> BlockAsync()
        {
            await client.TextAsync("GET", "turn:first").ConfigureAwait(false);
            return gate.Wait(_patience, TestContext.Current.CancellationToken);
        }
    }

    // What has to be rescued by the heartbeat is held up: here there is none.
    private RedisClient Create() => new(RedisOptions.Parse(server.AdminAddress), new TimeWithoutHeartbeat());

#pragma warning disable xUnit1031 // That is what these tests are about.
    private static string? Blocked(RedisClient client, string key) => client.TextAsync("GET", key).AsTask().GetAwaiter().GetResult();
#pragma warning restore xUnit1031

    private sealed class TimeWithoutHeartbeat : TimeProvider
    {
        // The heartbeat alone is made first and set afterwards.
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            dueTime == Timeout.InfiniteTimeSpan ? new Never() : base.CreateTimer(callback, state, dueTime, period);

        private sealed class Never : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
                // There is nothing.
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
