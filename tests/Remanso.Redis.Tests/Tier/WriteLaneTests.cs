using Remanso.Redis.Tier;
using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

public sealed class WriteLaneTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<Call> _calls = [];
    private readonly WriteLane _lane;

    public WriteLaneTests() =>
        _lane = new WriteLane(new PartitionKeys("rm", "c", 0), new WritePatience(_time, TimeSpan.FromSeconds(5)), SendAsync);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lane_at_rest_sends_a_write_at_once_and_alone()
    {
        for (var i = 0; i < 3; i++)
        {
            var write = WriteAsync($"{i}");
            Assert.Equal([$"{i}"], _calls[i].Keys);
            _calls[i].Accept();
            await write;
        }
    }

    [Fact]
    public async Task Writes_that_come_while_one_is_under_way_go_together_in_their_order()
    {
        var first = WriteAsync("first");
        Task<TierWriteResult>[] waiting = [WriteAsync("a", count: 3), WriteAsync("b"), WriteAsync("c")];
        Assert.Single(_calls);
        _calls[0].Accept(10);
        Assert.Equal(10, (await first).Version);
        await IsSentAsync(2);
        Assert.Equal(["a", "b", "c"], _calls[1].Keys);
        Assert.Equal([3, 1, 1], _calls[1].Writes.Select(static write => write.Count));
        var late = WriteAsync("late");
        Assert.Equal(2, _calls.Count);
        _calls[1].Accept(20, 21, 22);
        Assert.Equal([20L, 21, 22], (await Task.WhenAll(waiting)).Select(static result => result.Version));
        await IsSentAsync(3);
        _calls[2].Accept();
        await late;
    }

    [Fact]
    public async Task Many_writes_go_together_from_the_first()
    {
        var results = _lane.WriteMany([TierBed.Write("a", "1"), TierBed.Write("b", "2")], Cancelled);
        Assert.Equal(["a", "b"], _calls[0].Keys);
        _calls[0].Accept(5, 6);
        Assert.Equal([5L, 6], (await Task.WhenAll(results)).Select(static result => result.Version));
    }

    [Fact]
    public async Task A_key_that_comes_again_waits_for_the_next_call()
    {
        var results = _lane.WriteMany([TierBed.Write("a", "1"), TierBed.Write("b", "1"), TierBed.Write("a", "2")], Cancelled);
        Assert.Equal(["a", "b"], _calls[0].Keys);
        _calls[0].Accept(1, 2);
        await IsSentAsync(2);
        Assert.Equal(["a"], _calls[1].Keys);
        _calls[1].Accept(3);
        Assert.Equal([1L, 2, 3], (await Task.WhenAll(results)).Select(static result => result.Version));
    }

    [Fact]
    public async Task A_call_has_so_many_writes_and_bytes_at_most()
    {
        var first = WriteAsync("first");
        var small = Enumerable.Range(0, 130).Select(i => WriteAsync($"{i}")).ToArray();
        var large = Enumerable.Range(0, 3).Select(i => WriteAsync($"large {i}", new string('v', 200 << 10))).ToArray();
        int[] sizes = [1, 128, 3, 1, 1];
        for (var i = 0; i < sizes.Length; i++)
        {
            await IsSentAsync(i + 1);
            Assert.Equal(sizes[i], _calls[i].Writes.Count);
            _calls[i].Accept();
        }

        await Task.WhenAll([first, .. small, .. large]);
        Assert.Equal(sizes.Length, _calls.Count);
    }

    [Fact]
    public async Task An_error_of_one_is_its_own_and_that_of_the_call_is_all_of_theirs()
    {
        var first = WriteAsync("first");
        var (a, b) = (WriteAsync("a"), WriteAsync("b"));
        var error = new InvalidDataException("foreign");
        _calls[0].Reply.SetResult([new(default, error)]);
        Assert.Same(error, await Assert.ThrowsAsync<InvalidDataException>(() => first));
        await IsSentAsync(2);
        _calls[1].Reply.SetResult([new(default, error), Accepted(7)]);
        await Assert.ThrowsAsync<InvalidDataException>(() => a);
        Assert.Equal(7, (await b).Version);

        var (c, d, e) = (WriteAsync("c"), WriteAsync("d"), WriteAsync("e"));
        _calls[2].Reply.SetException(new TierUnavailableException("gone", mayHaveHappened: true));
        await Assert.ThrowsAsync<TierUnavailableException>(() => c);
        await IsSentAsync(4);
        _calls[3].Reply.SetException(new TierUnavailableException("gone", mayHaveHappened: true));
        await Assert.ThrowsAsync<TierUnavailableException>(() => d);
        await Assert.ThrowsAsync<TierUnavailableException>(() => e);
        var next = WriteAsync("next");
        _calls[4].Accept();
        await next;
    }

    [Fact]
    public async Task Who_waited_for_a_call_that_found_no_server_hears_of_it_with_that_call()
    {
        var first = WriteAsync("first");
        var many = _lane.WriteMany(Enumerable.Range(0, 300).Select(static i => TierBed.Write($"{i}", "v")), Cancelled);
        _time.Advance(TimeSpan.FromSeconds(4));
        var late = WriteAsync("late");
        _time.Advance(TimeSpan.FromSeconds(1));
        _calls[0].Reply.SetException(new TierUnavailableException("away", mayHaveHappened: true));

        Assert.True((await Assert.ThrowsAsync<TierUnavailableException>(() => first)).MayHaveHappened);
        foreach (var waited in many)
        {
            Assert.False((await Assert.ThrowsAsync<TierUnavailableException>(() => waited)).MayHaveHappened);
        }

        // It came just before, and the server may be back.
        await IsSentAsync(2);
        Assert.Equal(["late"], _calls[1].Keys);
        _calls[1].Accept(7);
        Assert.Equal(7, (await late).Version);
    }

    [Fact]
    public async Task Who_gives_up_while_waiting_is_left_out()
    {
        var first = WriteAsync("first");
        using var giveUp = new CancellationTokenSource();
        var given = _lane.WriteAsync(TierBed.Write("given up", "v"), count: 1, giveUp.Token).AsTask();
        var waiting = WriteAsync("a");
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        _calls[0].Accept();
        await first;
        await IsSentAsync(2);
        Assert.Equal(["a"], _calls[1].Keys);
        _calls[1].Accept();
        await waiting;
    }

    private static Attempt<TierWriteResult> Accepted(long version) => new(new TierWriteResult(TierWriteOutcome.Accepted, version), null);

    private Task<TierWriteResult> WriteAsync(string key, string value = "v", int count = 1) =>
        _lane.WriteAsync(TierBed.Write(key, value), count, Cancelled).AsTask();

    private Task IsSentAsync(int calls) => Until.TrueAsync(() => Task.FromResult(_calls.Count == calls), $"{calls} calls are sent");

    private ValueTask<Attempt<TierWriteResult>[]> SendAsync(
        PartitionKeys partition,
        IReadOnlyList<PartitionWrite> writes,
        CancellationToken cancellationToken
    )
    {
        var call = new Call(writes);
        lock (_calls)
        {
            _calls.Add(call);
        }

        return new ValueTask<Attempt<TierWriteResult>[]>(call.Reply.Task);
    }

    private sealed record Call(IReadOnlyList<PartitionWrite> Writes)
    {
        public TaskCompletionSource<Attempt<TierWriteResult>[]> Reply { get; } = new();

        public IEnumerable<string> Keys => Writes.Select(static write => write.Write.Key);

        public void Accept(params long[] versions) =>
            Reply.SetResult([.. Writes.Select((_, i) => Accepted(i < versions.Length ? versions[i] : 1))]);
    }
}
