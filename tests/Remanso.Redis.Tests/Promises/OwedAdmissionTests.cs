using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Remanso.Redis.Tier;
using Remanso.Redis.Watch;
using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A server that came back and could not answer yet is asked again until its copies are void.</summary>
public sealed class OwedAdmissionTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeRedis _server;
    private readonly RedisConnection _connection;
    private readonly WatchedCache _cache = new("c");
    private readonly ConcurrentQueue<string[]> _admissions = new();
    private volatile string? _failure;
    private volatile string _role = "master";
    private string _run = "first";
    private long _clock = 1_000_000_000;
    private int _looks;
    private int _refused;

    public OwedAdmissionTests()
    {
        _server = new FakeRedis(AnswerAsync) { Mode = "cluster" };
        _server.OwnAllSlots();
        _connection = new RedisConnection("rm", _time, NullLogger.Instance, gate => new RedisClient(
            RedisOptions.Parse(_server.Address),
            TimeProvider.System,
            gate
        ));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private ServerWatch Watch => _connection.Servers;

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_cluster_that_was_down_when_its_master_was_connected_is_asked_again()
    {
        _failure = "-CLUSTERDOWN The cluster is down\r\n";
        await StartAsync();
        await BeatUntilAsync(() => _refused > 1);
        _failure = null;
        await BeatUntilAsync(() => _admissions.Count == 1);
        await AssertQuietAsync();
    }

    [Theory]
    [InlineData("-BUSY Redis is busy running a script\r\n")]
    [InlineData("-CLUSTERDOWN The cluster is down\r\n")]
    public async Task A_new_reign_whose_admission_failed_is_admitted_with_the_next_look(string failure)
    {
        var reign = await StartAsync();
        _failure = failure;
        _run = "second";
        await BeatUntilAsync(() => _refused > 0);
        _failure = null;
        await BeatUntilAsync(() => _admissions.Count == 1);
        await AssertQuietAsync();
        Assert.NotEqual(reign, Assert.Single(_admissions)[^2]);
    }

    [Fact]
    public async Task Copies_under_a_clock_that_was_set_back_are_void_in_any_case_however_often_that_was_tried()
    {
        await StartAsync();
        _failure = "-BUSY Redis is busy running a script\r\n";
        _clock = 1_000_000;
        await BeatUntilAsync(() => _refused > 0);
        _failure = null;
        await BeatUntilAsync(() => _admissions.Count == 1);
        await AssertQuietAsync();
        Assert.Equal("1", Assert.Single(_admissions)[^1]);
    }

    [Fact]
    public async Task What_is_seen_when_a_cache_starts_counts_for_the_others()
    {
        await StartAsync(watches: false);
        _run = "second";
        var other = new WatchedCache("other");
        Watch.Add(other);
        await Watch.AdmitAsync(other, _connection.Client, Cancelled);
        Assert.Equal(
            [_cache.Keys[0].State, other.Keys[0].State],
            _admissions.Select(static command => command[3]).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Another_nodes_slot_is_that_nodes()
    {
        _failure = "-MOVED 1 127.0.0.1:1\r\n";
        await StartAsync();
        await AssertQuietAsync();
    }

    [Fact]
    public async Task A_replica_pays_nothing_and_answers_nothing_until_it_can()
    {
        var reign = await StartAsync();
        _failure = "-READONLY You can't write against a read only replica.\r\n";
        _run = "second";
        await LookUntilAsync(() => _refused > 1, "it is asked again");
        var read = ReadAsync();
        Assert.False(read.IsCompleted);
        _failure = null;
        await read;
        Assert.NotEmpty(_admissions);
        Assert.All(_admissions, admission => Assert.NotEqual(reign, admission[^2]));
    }

    [Fact]
    public async Task A_master_that_says_that_it_is_a_replica_answers_nothing_until_it_was_looked_at_again()
    {
        await StartAsync();
        _role = "slave";
        await LookUntilAsync(() => !_connection.Client.State.IsConnected, "it is heard");
        var read = ReadAsync();
        var looks = _looks;
        await Until.TrueAsync(() => _looks > looks + 3, "it is looked at");
        Assert.False(read.IsCompleted);
        Assert.Empty(_admissions);
        _role = "master";
        await read;
        Assert.NotEmpty(_admissions);
    }

    [Fact]
    public async Task A_cache_that_is_gone_is_owed_nothing()
    {
        _failure = "-CLUSTERDOWN The cluster is down\r\n";
        await StartAsync();
        Watch.Remove(_cache);
        await AssertQuietAsync();
    }

    /// <returns>Under which reign the partition was admitted, where it was.</returns>
    private async Task<string?> StartAsync(bool watches = true)
    {
        Watch.Add(_cache);
        await _connection.Client.ConnectAsync(Cancelled);
        if (watches)
        {
            Watch.Start(_connection.Client);
        }

        Assert.True(_failure is null ? _refused == 0 && !_admissions.IsEmpty : _refused > 0 && _admissions.IsEmpty);
        var reign = _admissions.FirstOrDefault()?[^2];
        _admissions.Clear();
        _refused = 0;
        return reign;
    }

    /// <summary>Looks until something is so.</summary>
    private async Task BeatUntilAsync(Func<bool> condition)
    {
        for (var beats = 0; !condition(); beats++)
        {
            Assert.True(beats < 10, $"{_refused} admissions were refused, and {_admissions.Count} were not.");
            await LookAsync();
        }
    }

    private async Task AssertQuietAsync()
    {
        var before = (_refused, _admissions.Count);
        for (var i = 0; i < 3; i++)
        {
            await LookAsync();
        }

        Assert.Equal(before, (_refused, _admissions.Count));
    }

    /// <summary>Looks until something is so, though the server may answer nothing else.</summary>
    private Task LookUntilAsync(Func<bool> condition, string what) =>
        Until.TrueAsync(
            async () =>
            {
                await _time.WaitForTimersAsync(1);
                _clock += 1_000_000;
                _time.Advance(ServerWatch.Every);
                return condition();
            },
            what
        );

    private Task<string?> ReadAsync() => _connection.Client.ExecuteAsync(RedisRoute.FirstKey, Replies.Text, Cancelled, "GET", "k").AsTask();

    /// <summary>One look, and what follows from the last one.</summary>
    private async Task LookAsync()
    {
        var looks = _looks;
        await Until.TrueAsync(
            async () =>
            {
                await _time.WaitForTimersAsync(1);
                _clock += 1_000_000;
                _time.Advance(ServerWatch.Every);
                // Behind what was sent before it.
                await ReadAsync();
                return _looks > looks;
            },
            "the server was looked at"
        );
    }

    private async Task AnswerAsync(FakeConnection connection, string[] command)
    {
        switch (command[0])
        {
            case "INFO":
                var info = $"run_id:{_run}\r\nrole:{_role}\r\nmaster_replid:x\r\nserver_time_usec:{_clock}\r\n";
                await connection.SendAsync($"${info.Length}\r\n{info}\r\n");
                Interlocked.Increment(ref _looks);
                break;
            case "EVALSHA" or "EVAL":
                if (_failure is { } failure)
                {
                    _refused++;
                    await connection.SendAsync(failure);
                    break;
                }

                _admissions.Enqueue(command);
                await connection.SendAsync(":1\r\n");
                break;
            default:
                await connection.SendAsync("$1\r\nv\r\n");
                break;
        }
    }

    private sealed class WatchedCache(string name) : IWatchedCache
    {
        public CacheKeys Keys { get; } = new("rm", name, partitions: 1);

        public void NoteRoom(long bytes) { }

        public ValueTask VerifyAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
