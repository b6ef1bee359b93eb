using System.Text;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Against a scripted server: what a real one does too seldom to be tested with.</summary>
public sealed class RespConnectionTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Replies_reach_their_commands_however_the_stream_is_cut()
    {
        await using var server = new FakeRedis(
            async (connection, command) =>
            {
                foreach (var b in $"${command[1].Length}\r\n{command[1]}\r\n")
                {
                    await connection.SendAsync($"{b}");
                }
            }
        );
        await using var client = await TestClient.ConnectAsync(server.Address);
        var replies = Enumerable.Range(0, 50).Select(i => client.TextAsync("GET", $"key{i}").AsTask()).ToList();
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"key{i}"), await Task.WhenAll(replies));
    }

    [Fact]
    public async Task A_cancelled_command_does_not_desynchronise_the_replies()
    {
        var release = new TaskCompletionSource();
        var received = new TaskCompletionSource();
        await using var server = new FakeRedis(
            async (connection, command) =>
            {
                if (command[1] == "slow")
                {
                    received.SetResult();
                    await release.Task;
                }
                await connection.SendAsync($"${command[1].Length}\r\n{command[1]}\r\n");
            }
        );
        await using var client = await TestClient.ConnectAsync(server.Address);
        using var cancellation = new CancellationTokenSource();
        var slow = client.ExecuteAsync(RedisRoute.FirstKey, Replies.Text, cancellation.Token, "GET", "slow").AsTask();
        await received.Task.WaitAsync(_patience);
        var next = client.TextAsync("GET", "next").AsTask();
        await cancellation.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow);
        Assert.Equal(cancellation.Token, error.CancellationToken);
        release.SetResult();
        Assert.Equal("next", await next.WaitAsync(_patience));
        Assert.Equal("after", await client.TextAsync("GET", "after"));
        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task A_timed_out_command_does_not_desynchronise_the_replies()
    {
        var release = new TaskCompletionSource();
        await using var server = new FakeRedis(
            async (connection, command) =>
            {
                if (command[1] == "slow")
                {
                    await release.Task;
                }
                await connection.SendAsync($"${command[1].Length}\r\n{command[1]}\r\n");
            }
        );
        await using var client = await TestClient.ConnectAsync(server.Address, o => o.Timings.CommandTimeout = TimeSpan.FromSeconds(2));
        var error = await Assert.ThrowsAsync<RedisTimeoutException>(() => client.TextAsync("GET", "slow").AsTask());
        Assert.True(error.MayHaveRun);
        Assert.StartsWith("GET got no answer from Redis at 127.0.0.1:", error.Message, StringComparison.Ordinal);
        var next = client.TextAsync("GET", "next").AsTask();
        release.SetResult();
        Assert.Equal("next", await next.WaitAsync(_patience));
        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task A_connection_lost_in_the_middle_of_a_reply_fails_what_was_sent_as_maybe_run()
    {
        await using var server = new FakeRedis(
            async (connection, command) =>
            {
                if (command[0] == "INCR")
                {
                    await connection.SendAsync("$100\r\nhalf of it");
                    connection.Break();
                    return;
                }
                await connection.SendAsync("+fine\r\n");
            }
        );
        await using var client = await TestClient.ConnectAsync(server.Address);
        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.TextAsync("INCR", "k").AsTask());
        Assert.True(error.MayHaveRun);
        Assert.Equal("fine", await client.TextAsync("GET", "k"));
        Assert.Equal(2, server.Accepted);
    }

    [Fact]
    public async Task Bytes_that_are_not_RESP_end_the_connection_and_the_next_one_serves()
    {
        await using var server = new FakeRedis(
            (connection, command) => connection.SendAsync(command[1] == "bad" ? "HTTP/1.1 400 Bad Request\r\n" : "+fine\r\n")
        );
        await using var client = await TestClient.ConnectAsync(server.Address);
        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.TextAsync("GET", "bad").AsTask());
        Assert.IsType<RespProtocolException>(error.InnerException);
        Assert.Equal("fine", await client.TextAsync("GET", "good"));
    }

    [Fact]
    public async Task A_reply_that_nobody_is_owed_ends_the_connection()
    {
        await using var server = new FakeRedis((connection, command) => connection.SendAsync("+one\r\n+two\r\n"));
        await using var client = await TestClient.ConnectAsync(server.Address);
        Assert.Equal("one", await client.TextAsync("GET", "k"));
        await Until.TrueAsync(() => server.Accepted >= 2, "the client has connected again");
    }

    [Fact]
    public async Task A_push_between_replies_belongs_to_no_command()
    {
        await using var server = new FakeRedis(
            (connection, command) => connection.SendAsync(">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n+first\r\n>1\r\n+other\r\n")
        );
        await using var client = await TestClient.ConnectAsync(server.Address);
        Assert.Equal("first", await client.TextAsync("GET", "k"));
        Assert.Equal("first", await client.TextAsync("GET", "k"));
        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task A_parser_that_throws_fails_its_own_command_only()
    {
        await using var server = new FakeRedis((connection, command) => connection.SendAsync("+text\r\n"));
        await using var client = await TestClient.ConnectAsync(server.Address);
        var wrong = client.Int64Async("GET", "k").AsTask();
        var right = client.TextAsync("GET", "k").AsTask();
        await Assert.ThrowsAsync<InvalidDataException>(() => wrong);
        Assert.Equal("text", await right);
    }

    [Fact]
    public async Task Commands_beyond_the_limit_wait_unsent_and_are_served_in_order()
    {
        var release = new TaskCompletionSource();
        var seen = 0;
        await using var server = new FakeRedis(
            async (connection, command) =>
            {
                Interlocked.Increment(ref seen);
                await release.Task;
                await connection.SendAsync($"+{command[1]}\r\n");
            }
        );
        await using var client = await TestClient.ConnectAsync(server.Address, o => o.Limits.MaxOutstandingCommands = 64);
        var replies = Enumerable.Range(0, 1000).Select(i => client.TextAsync("GET", $"{i}").AsTask()).ToList();
        await Until.TrueAsync(() => Volatile.Read(ref seen) == 1, "the first command has arrived");
        release.SetResult();
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i}"), await Task.WhenAll(replies).WaitAsync(_patience));
    }

    [Fact]
    public async Task A_time_out_tells_whether_the_command_was_sent()
    {
        var release = new TaskCompletionSource();
        await using var server = new FakeRedis((_, _) => release.Task);
        await using var client = await TestClient.ConnectAsync(server.Address, o =>
        {
            o.Limits.MaxOutstandingCommands = 64;
            o.Timings.CommandTimeout = TimeSpan.FromMilliseconds(300);
        });

        // The last of so many finds no place.
        var calls = Enumerable.Range(0, 65).Select(i => client.TextAsync("GET", $"{i}").AsTask()).ToList();
        var first = await Assert.ThrowsAsync<RedisTimeoutException>(() => calls[0]);
        var last = await Assert.ThrowsAsync<RedisTimeoutException>(() => calls[^1]);
        release.SetResult();

        Assert.True(first.MayHaveRun);
        Assert.Contains("got no answer from Redis", first.Message, StringComparison.Ordinal);
        Assert.False(last.MayHaveRun);
        Assert.Contains("could not be sent to Redis", last.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_cancelled_before_it_was_written_is_never_written()
    {
        var release = new TaskCompletionSource();
        var written = new List<string>();
        await using var server = new FakeRedis(
            async (connection, command) =>
            {
                written.Add(command[1]);
                await release.Task;
                await connection.SendAsync($"+{command[1]}\r\n");
            }
        );
        await using var client = await TestClient.ConnectAsync(server.Address, o => o.Limits.MaxOutstandingCommands = 64);
        var sent = Enumerable.Range(0, 64).Select(i => client.TextAsync("GET", $"sent{i}").AsTask()).ToList();
        using var cancellation = new CancellationTokenSource();
        var queued = client.ExecuteAsync(RedisRoute.FirstKey, Replies.Text, cancellation.Token, "GET", "queued").AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        release.SetResult();
        await Task.WhenAll(sent).WaitAsync(_patience);
        Assert.Equal("last", await client.TextAsync("GET", "last"));
        Assert.DoesNotContain("queued", written);
    }

    [Fact]
    public async Task Commands_of_a_batch_leave_in_one_write()
    {
        await using var server = new RecordingServer();
        await using var client = await TestClient.ConnectAsync(server.Address);
        server.Reset();
        var replies = new List<Task<string?>>();
        using (WriteBatch.Begin())
        {
            for (var i = 0; i < 100; i++)
            {
                replies.Add(client.TextAsync("GET", $"key{i}").AsTask());
            }
        }
        await Task.WhenAll(replies).WaitAsync(_patience);
        Assert.Equal(1, server.Receives);
    }

    [Fact]
    public async Task A_continuation_that_blocks_does_not_keep_others_from_their_replies()
    {
        await using var server = new FakeRedis((connection, command) => connection.SendAsync($"+{command[1]}\r\n"));
        await using var client = await TestClient.ConnectAsync(server.Address);
        var second = new TaskCompletionSource<string?>();
        async Task BlockAsync()
        {
            await client.TextAsync("GET", "first").ConfigureAwait(false);
            // On the thread that wakes callers, and before it wakes the next one.
            Assert.True(((IAsyncResult)second.Task).AsyncWaitHandle.WaitOne(_patience));
        }

        async Task ReleaseAsync() => second.SetResult(await client.TextAsync("GET", "second").ConfigureAwait(false));

        Task blocking,
            releasing;
        using (WriteBatch.Begin())
        {
            blocking = BlockAsync();
            releasing = ReleaseAsync();
        }
        await Task.WhenAll(blocking, releasing).WaitAsync(_patience);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_left_for_a_new_connection()
    {
        FakeConnection? silent = null;
        await using var server = new FakeRedis(
            (connection, command) =>
            {
                silent ??= connection;
                silent.IsSilent = true;
                return connection == silent ? Task.CompletedTask : connection.SendAsync("+fine\r\n");
            }
        );
        await using var client = await TestClient.ConnectAsync(server.Address, o =>
            o.Timings.CommandTimeout = TimeSpan.FromMilliseconds(200)
        );
        await Assert.ThrowsAsync<RedisTimeoutException>(() => client.TextAsync("GET", "k").AsTask());
        await Until.TrueAsync(() => server.Accepted >= 2 && client.State.IsConnected, "it has connected anew");
        Assert.Equal("fine", await client.TextAsync("GET", "k"));
    }

    [Fact]
    public async Task Large_values_and_every_kind_of_argument_arrive_unchanged()
    {
        var received = new List<string[]>();
        await using var server = new FakeRedis(
            (connection, command) =>
            {
                received.Add(command);
                return connection.SendAsync("+OK\r\n");
            }
        );
        await using var client = await TestClient.ConnectAsync(server.Address);
        var large = new byte[3_000_000];
        new Random(5).NextBytes(large);
        ReadOnlyMemory<byte> slice = large.AsMemory(17, 2_500_000);
        await client.DoAsync("SET", "açaí", slice, long.MinValue, 7, Array.Empty<byte>(), "");
        var command = Assert.Single(received);
        Assert.Equal("açaí", Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(command[1])));
        Assert.True(slice.Span.SequenceEqual(Encoding.Latin1.GetBytes(command[2])));
        Assert.Equal(["-9223372036854775808", "7", "", ""], command[3..]);
    }
}
