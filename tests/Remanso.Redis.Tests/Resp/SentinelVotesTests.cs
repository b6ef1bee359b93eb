using System.Collections.Concurrent;
using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Connections;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Sentinels that don't all say the same: which of two servers is used.</summary>
public sealed class SentinelVotesTests : IAsyncDisposable
{
    private const string Unknown = "unknown";

    private readonly FakeRedis _master = new(static (connection, _) => connection.SendAsync("+OK\r\n"));
    private readonly FakeRedis _other = new(static (connection, _) => connection.SendAsync("+OK\r\n"));
    private readonly FakeRedis _locked = new(static (connection, _) => connection.SendAsync("+OK\r\n"))
    {
        Hello = "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
    };

    private readonly List<FakeRedis> _sentinels = [];
    private readonly (int Port, string Epoch)[] _says = new (int, string)[3];
    private readonly ConcurrentQueue<int> _unusable = [];
    private string _host = "127.0.0.1";
    private string _others = "*0\r\n";
    private int _asked;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2, "6", true)]
    [InlineData(3, "6", true)]
    // One alone, and the others name the master of until now.
    [InlineData(1, "6", false)]
    // No fail-over: another name for the same server.
    [InlineData(3, "5", false)]
    // They may not say how new it is, or were told anew.
    [InlineData(2, Unknown, true)]
    [InlineData(1, Unknown, false)]
    [InlineData(3, "0", true)]
    [InlineData(1, "4", false)]
    public async Task A_master_is_left_for_one_that_refuses_us_where_most_sentinels_have_made_it_that(int votes, string epoch, bool isLeft)
    {
        SayAll(_master, epoch == Unknown ? Unknown : "5");
        await using var client = await ConnectAsync();

        for (var i = 0; i < votes; i++)
        {
            _says[i] = (_locked.Port, epoch);
        }
        client.RefreshTopology();

        if (isLeft)
        {
            await Until.TrueAsync(() => client.MasterOf("k") is null, "it is left");
            Assert.False(client.State.IsConnected);
            await Until.TrueAsync(
                () => client.State.LastError?.Message.Contains("WRONGPASS", StringComparison.Ordinal) == true,
                "the state says why"
            );
            var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.DoAsync("SET", "k", "v").AsTask());
            Assert.Equal("Redis refused the user or the password (WRONGPASS).", error.Reason);
            await Until.TrueAsync(() => !_unusable.IsEmpty, "it is told");
            Assert.Equal(_locked.Port, Assert.Single(_unusable));
            return;
        }
        await AskedAsync(client);
        Assert.Empty(_unusable);
        Assert.Equal(_master.Port, client.MasterOf("k")?.EndPoint.Port);
        Assert.True(client.State.IsConnected);
        Assert.True(await client.DoAsync("SET", "k", "v"));
    }

    [Fact]
    public async Task A_sentinel_that_was_cut_off_does_not_lead_back_to_the_master_of_before()
    {
        SayAll(_master, "5");
        await using var client = await ConnectAsync();
        await Until.TrueAsync(() => client.State.IsConnected, "it is connected");

        // The other one says that it is a master, too; those who know better are out of reach.
        _says[0] = (_other.Port, "4");
        await CutOffAsync();
        await AskedAsync(client);

        Assert.Equal(_master.Port, client.MasterOf("k")?.EndPoint.Port);
    }

    [Theory]
    [InlineData("refuses us")]
    [InlineData("is not admitted")]
    public async Task Nor_does_it_where_the_new_master_can_not_be_used(string how)
    {
        var named = how == "refuses us" ? _locked : _other;
        SayAll(_master, "5");
        await using var client = await ConnectAsync(gate: how == "refuses us" ? null : new LateGate(_other));
        _says[1] = _says[2] = (named.Port, "6");
        client.RefreshTopology();
        await Until.TrueAsync(() => client.MasterOf("k") is null, "it is left");

        await CutOffAsync();
        await AskedAsync(client);

        Assert.Null(client.MasterOf("k"));
    }

    [Fact]
    public async Task Nor_does_it_where_the_others_were_learnt_from_it()
    {
        SayAll(_other, "6");
        await using var client = await ConnectAsync(configured: 1, timings: static timings =>
            timings.TopologyRefresh = TimeSpan.FromMilliseconds(1)
        );
        await Until.TrueAsync(
            () =>
            {
                client.RefreshTopology();
                return _sentinels.TrueForAll(static sentinel => sentinel.Accepted > 0);
            },
            "the others are known"
        );

        // They are dead, as far as it knows.
        _others = "*0\r\n";
        _says[0] = (_master.Port, "5");
        await CutOffAsync();
        await AskedAsync(client);

        Assert.Equal(_other.Port, client.MasterOf("k")?.EndPoint.Port);
    }

    [Fact]
    public async Task Most_that_have_not_heard_of_a_fail_over_lead_back_only_where_the_promoted_one_is_a_master_no_more()
    {
        SayAll(_master, "5");
        await using var client = await ConnectAsync();
        _says[0] = (_other.Port, "6");
        client.RefreshTopology();
        await Until.TrueAsync(() => client.MasterOf("k")?.EndPoint.Port == _other.Port, "it is followed");

        await _sentinels[0].DisposeAsync();
        await AskedAsync(client);
        Assert.Equal(_other.Port, client.MasterOf("k")?.EndPoint.Port);

        _master.Name(_other);
        client.RefreshTopology();
        await Until.TrueAsync(() => client.MasterOf("k")?.EndPoint.Port == _master.Port, "most are believed");
    }

    [Theory]
    [InlineData(false)]
    // As a replica, whose connections are ended as it is promoted.
    [InlineData(true)]
    public async Task A_new_master_that_is_slow_to_connect_to_is_no_alarm(bool wasConnected)
    {
        SayAll(wasConnected ? _other : _master, "5");
        await using var client = await ConnectAsync();
        var greeting = new TaskCompletionSource();
        try
        {
            _other.Greeting = greeting.Task;
            if (wasConnected)
            {
                _master.Name(_other);
                SayAll(_master, "6");
                client.RefreshTopology();
                await Until.TrueAsync(() => client.MasterOf("k")?.EndPoint.Port == _master.Port, "it is followed");
                _other.Role = FakeRedis.Master;
            }

            SayAll(_other, "7");
            client.RefreshTopology();
            await Until.TrueAsync(() => client.MasterOf("k") is null, "the former one is left");
        }
        finally
        {
            greeting.SetResult();
        }

        await Until.TrueAsync(() => client.MasterOf("k")?.EndPoint.Port == _other.Port, "the new one is used");
        Assert.Empty(_unusable);
    }

    [Fact]
    public async Task Nor_is_one_whose_first_attempt_was_cut_short_for_its_name()
    {
        SayAll(_master, "5");
        await using var client = await ConnectAsync();
        var greeting = new TaskCompletionSource();
        try
        {
            _other.Greeting = greeting.Task;
            _host = "localhost";
            SayAll(_other, "6");
            client.RefreshTopology();
            await Until.TrueAsync(
                () => client.Nodes.Any(node => node.EndPoint.Port == _other.Port && node.Commands.Failures > 0),
                "an attempt has failed"
            );
            await AskedAsync(client, times: 3);
        }
        finally
        {
            greeting.SetResult();
        }

        await Until.TrueAsync(() => client.MasterOf("k")?.EndPoint.Port == _other.Port, "the new one is used");
        Assert.Empty(_unusable);
    }

    [Fact]
    public async Task Nor_is_one_that_is_named_when_the_former_was_looked_for_for_long()
    {
        var time = new ShiftedTime();
        SayAll(_master, "5");
        await using var client = await ConnectAsync(
            timings: static timings => timings.ConnectTimeout = TimeSpan.FromMinutes(1),
            time: time
        );
        var greeting = new TaskCompletionSource();
        try
        {
            _other.Greeting = greeting.Task;
            await _master.DisposeAsync();
            await AskedAsync(client, times: 3);
            time.Shift(TimeSpan.FromSeconds(30));
            SayAll(_other, "6");
            await Until.TrueAsync(() => client.MasterOf("k") is null, "the former one is left");
            time.Shift(TimeSpan.FromSeconds(40));
            await AskedAsync(client, times: 3);
        }
        finally
        {
            greeting.SetResult();
        }

        await Until.TrueAsync(() => client.MasterOf("k")?.EndPoint.Port == _other.Port, "the new one is used");
        Assert.Empty(_unusable);
    }

    [Fact]
    public async Task A_sentinel_that_was_made_anew_and_is_one_of_three_is_not_believed_and_the_error_says_so()
    {
        SayAll(_master, "5");
        await using var client = await ConnectAsync(timings: static timings => timings.ConnectTimeout = TimeSpan.FromSeconds(1));
        await CutOffAsync();
        _says[0] = (_other.Port, "0");
        await _master.DisposeAsync();
        client.RefreshTopology();

        await Until.TrueAsync(
            () =>
                client.State.LastError?.Message is { } message
                && message.Contains($"name 127.0.0.1:{_other.Port} as the master, from before a fail-over", StringComparison.Ordinal)
                && message.Contains($"{_master.Port}", StringComparison.Ordinal)
                && message.Contains("(epoch 0, not 5), and are 1 of 3", StringComparison.Ordinal),
            "the error says who is named, and why that is not believed"
        );
    }

    [Fact]
    public async Task A_new_master_that_never_answers_is_told_once()
    {
        SayAll(_master, "5");
        await using var client = await ConnectAsync(timings: static timings => timings.ConnectTimeout = TimeSpan.FromSeconds(1));
        var greeting = new TaskCompletionSource();
        try
        {
            _other.Greeting = greeting.Task;
            SayAll(_other, "6");
            client.RefreshTopology();

            await Until.TrueAsync(() => !_unusable.IsEmpty, "it is told");
            await AskedAsync(client);
            Assert.Equal(_other.Port, Assert.Single(_unusable));
            Assert.Null(client.MasterOf("k"));
        }
        finally
        {
            greeting.SetResult();
        }
    }

    [Fact]
    public async Task A_second_one_that_can_not_be_used_either_is_told_as_well()
    {
        await using var second = new FakeRedis(static (connection, _) => connection.SendAsync("+OK\r\n")) { Hello = _locked.Hello };
        SayAll(_master, "5");
        await using var client = await ConnectAsync();
        SayAll(_locked, "6");
        client.RefreshTopology();
        await Until.TrueAsync(() => !_unusable.IsEmpty, "the first is told");

        SayAll(second, "7");
        client.RefreshTopology();

        await Until.TrueAsync(() => _unusable.Count > 1, "the second is told");
        await AskedAsync(client);
        Assert.Equal([_locked.Port, second.Port], _unusable);
        Assert.Contains($"made 127.0.0.1:{second.Port} the master", client.State.LastError!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_sentinel_is_followed_to_a_server_that_says_that_it_was_promoted()
    {
        SayAll(_master, "5");
        await using var client = await ConnectAsync();

        _says[0] = (_other.Port, "6");
        client.RefreshTopology();

        await Until.TrueAsync(() => client.MasterOf("k")?.EndPoint.Port == _other.Port, "it is followed");
    }

    [Fact]
    public async Task A_near_cache_hears_nothing_of_a_master_that_was_left()
    {
        SayAll(_master, "5");
        var subscribed = 0;
        Task HearAsync(FakeConnection connection, string[] command)
        {
            if (command is not ["SSUBSCRIBE", _])
            {
                return connection.SendAsync("+OK\r\n");
            }
            Interlocked.Increment(ref subscribed);
            return connection.SendAsync(">3\r\n$10\r\nssubscribe\r\n$1\r\nc\r\n:1\r\n");
        }
        (_master.Answer, _other.Answer) = (HearAsync, HearAsync);
        await using var client = await ConnectAsync();
        var subscriber = new RecordingSubscriber();
        await using var subscription = await client.SubscribeAsync(RedisChannel.Sharded("c"), subscriber, Cancelled);

        SayAll(_locked, "6");
        client.RefreshTopology();

        Assert.Equal("lost", await subscriber.NextAsync());
        var before = Volatile.Read(ref subscribed);
        await AskedAsync(client);
        Assert.Equal(before, Volatile.Read(ref subscribed));

        SayAll(_other, "7");
        Assert.Equal("restored", await subscriber.NextAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _sentinels.Append(_master).Append(_other).Append(_locked))
        {
            await server.DisposeAsync();
        }
    }

    private void SayAll(FakeRedis server, string epoch) => Array.Fill(_says, (server.Port, epoch));

    private async Task<RedisClient> ConnectAsync(
        int configured = 3,
        IServerGate? gate = null,
        Action<RedisTimings>? timings = null,
        TimeProvider? time = null
    )
    {
        for (var i = 0; i < _says.Length; i++)
        {
            var number = i;
            _sentinels.Add(new((connection, command) => AnswerAsync(connection, command, number)));
        }
        var learnt = _sentinels.Skip(configured).Select(static sentinel => sentinel.Port).ToList();
        _others = $"*{learnt.Count}\r\n" + string.Concat(learnt.Select(NamedAt));
        var hosts = string.Join(',', _sentinels.Take(configured).Select(static sentinel => $"127.0.0.1:{sentinel.Port}"));
        var options = RedisOptions.Parse($"redis+sentinel://{hosts}/m");
        options.Timings.FailFast = true;
        options.Timings.LongestReconnectDelay = TimeSpan.FromMilliseconds(100);
        timings?.Invoke(options.Timings);
        var client = new RedisClient(options, time ?? TimeProvider.System, gate, unusable: (master, _, _) =>
            _unusable.Enqueue(master.Port)
        );
        await client.ConnectAsync(Cancelled);
        return client;
    }

    /// <summary>The first sentinel alone is within reach.</summary>
    private async Task CutOffAsync()
    {
        await _sentinels[1].DisposeAsync();
        await _sentinels[2].DisposeAsync();
    }

    /// <summary>Until they were asked some times more: what follows from an answer has followed.</summary>
    private async Task AskedAsync(RedisClient client, int times = 20)
    {
        var before = Volatile.Read(ref _asked);
        await Until.TrueAsync(
            () =>
            {
                client.RefreshTopology();
                return Volatile.Read(ref _asked) > before + times;
            },
            "the sentinels are asked"
        );
    }

    private Task AnswerAsync(FakeConnection connection, string[] command, int number)
    {
        var (port, epoch) = _says[number];
        switch (command)
        {
            case ["SUBSCRIBE", var channel]:
                return connection.SendAsync($">3\r\n$9\r\nsubscribe\r\n{Text(channel)}:1\r\n");
            case ["SENTINEL", "SENTINELS", ..]:
                return connection.SendAsync(_others);
            case ["SENTINEL", "MASTER", ..] when epoch == Unknown:
                return connection.SendAsync("-NOPERM this user has no permissions\r\n");
            case ["SENTINEL", "MASTER", ..]:
                return connection.SendAsync(
                    $"*4\r\n{Text("config-epoch")}{Text(epoch)}{Text("num-other-sentinels")}{Text($"{_says.Length - 1}")}"
                );
            case ["SENTINEL", ..]:
                Interlocked.Increment(ref _asked);
                return connection.SendAsync($"*2\r\n{Text(_host)}{Text($"{port}")}");
            default:
                return connection.SendAsync("-ERR unknown\r\n");
        }
    }

    private static string NamedAt(int port) => $"*4\r\n{Text("ip")}{Text("127.0.0.1")}{Text("port")}{Text($"{port}")}";

    private static string Text(string text) => $"${text.Length}\r\n{text}\r\n";

    /// <summary>The real clock, whose timestamps jump ahead.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        private long _shift;

        public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _shift);

        public void Shift(TimeSpan by) => Interlocked.Add(ref _shift, (long)(by.TotalSeconds * TimestampFrequency));
    }

    /// <summary>Lets the connections to a server pass, and refuses it as a master.</summary>
    private sealed class LateGate(FakeRedis refused) : IServerGate
    {
        private readonly ConcurrentDictionary<RespConnection, bool> _passed = [];

        public ValueTask<bool> AdmitAsync(RespConnection connection, RedisEndPoint endPoint, CancellationToken cancellation) =>
            endPoint.Port != refused.Port || _passed.TryAdd(connection, true)
                ? new(true)
                : throw new RedisConnectionException("It is loading.", mayHaveRun: false);
    }
}
