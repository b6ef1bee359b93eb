using Remanso.Conformance.Tiers;
using Remanso.Redis.Tier;
using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

public sealed class WriteMergerTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<Call> _calls = [];
    private readonly WriteMerger _merger;

    public WriteMergerTests() => _merger = new WriteMerger(new WritePatience(_time, TimeSpan.FromSeconds(5)), Send);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_of_its_own_is_sent_at_once_and_alone()
    {
        var (a, b) = (Write("a"), Write("b", key: "other"));
        Assert.Equal([("a", 1), ("b", 1)], _calls.Select(static call => (call.Value, call.Writes)));
        _calls[1].Accept(7);
        _calls[0].Accept(5);
        Assert.Equal((5, 7), ((await a).Version, (await b).Version));
    }

    [Fact]
    public async Task Writes_that_come_while_one_is_under_way_go_together_with_the_value_of_the_last()
    {
        var first = Write("first");
        Task<TierWriteResult>[] waiting = [Write("a"), Write("b"), Write("c")];
        Assert.Single(_calls);
        _calls[0].Accept(10);
        Assert.Equal(10, (await first).Version);
        Assert.Equal(("c", 3), (_calls[1].Value, _calls[1].Writes));
        _calls[1].Accept(20);
        Assert.Equal([18L, 19, 20], (await Task.WhenAll(waiting)).Select(static result => result.Version));
    }

    [Fact]
    public async Task Nobody_returns_before_the_call_that_carries_his_write()
    {
        var first = Write("first");
        var second = Write("second");
        _calls[0].Accept(10);
        await first;
        var third = Write("third");
        Assert.False(second.IsCompleted);
        _calls[1].Accept(11);
        await second;
        Assert.False(third.IsCompleted);
        _calls[2].Accept(12);
        Assert.Equal(12, (await third).Version);
    }

    [Fact]
    public async Task A_conditional_write_is_sent_alone_and_in_its_turn()
    {
        var first = Write("first");
        Task<TierWriteResult>[] all = [first, Write("a"), Write("b"), Write("if", WriteCondition.Present), Write("c"), Write("d")];
        for (var i = 0; i < 4; i++)
        {
            await AcceptAsync(i, 100 * (i + 1));
        }

        Assert.Equal([("first", 1), ("b", 2), ("if", 1), ("d", 2)], _calls.Select(static call => (call.Value, call.Writes)));
        Assert.Equal([100L, 199, 200, 300, 399, 400], (await Task.WhenAll(all)).Select(static result => result.Version));
    }

    [Fact]
    public async Task A_failed_condition_is_its_own_callers_alone()
    {
        Task<TierWriteResult>[] all = [Write("first"), Write("if", WriteCondition.Absent), Write("c")];
        await AcceptAsync(0, 10);
        await Until.TrueAsync(() => Task.FromResult(_calls.Count == 2), "the conditional one is sent");
        _calls[1].Reply.SetResult(new(TierWriteOutcome.ConditionFailed, 10));
        await AcceptAsync(2, 11);
        Assert.Equal(
            [TierWriteOutcome.Accepted, TierWriteOutcome.ConditionFailed, TierWriteOutcome.Accepted],
            (await Task.WhenAll(all)).Select(static result => result.Outcome)
        );
    }

    [Fact]
    public async Task One_urgent_write_makes_the_merged_one_urgent()
    {
        Task<TierWriteResult>[] all = [Write("first"), Write("a", urgent: true), Write("b")];
        await AcceptAsync(0, 10);
        await AcceptAsync(1, 12);
        await Task.WhenAll(all);
        Assert.Equal([false, true], _calls.Select(static call => call.Write.Urgent));
    }

    [Fact]
    public async Task A_delete_among_them_merges_like_a_value()
    {
        Task<TierWriteResult>[] all = [Write("first"), Write("a"), Delete()];
        await AcceptAsync(0, 10);
        await AcceptAsync(1, 12);
        await Task.WhenAll(all);
        Assert.True(_calls[1].Write.Tombstone);
        Assert.Equal(2, _calls[1].Writes);
    }

    [Fact]
    public async Task Who_gives_up_while_waiting_is_left_out_and_disturbs_nobody()
    {
        using var giveUp = new CancellationTokenSource();
        var first = Write("first");
        Task<TierWriteResult>[] stay = [Write("a"), Write("c")];
        var gone = Write("last", cancellationToken: giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        await AcceptAsync(0, 10);
        await AcceptAsync(1, 12);
        Assert.Equal(("c", 2), (_calls[1].Value, _calls[1].Writes));
        Assert.Equal([11L, 12], (await Task.WhenAll(stay)).Select(static result => result.Version));
        await first;
    }

    [Fact]
    public async Task Who_gives_up_while_his_write_is_under_way_is_told_so_and_the_others_get_their_versions()
    {
        using var giveUp = new CancellationTokenSource();
        var first = Write("first");
        var gone = Write("a", cancellationToken: giveUp.Token);
        var stays = Write("b");
        await AcceptAsync(0, 10);
        await Until.TrueAsync(() => Task.FromResult(_calls.Count == 2), "the two are sent");
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        await AcceptAsync(1, 12);
        Assert.Equal(12, (await stays).Version);
        await first;
    }

    [Fact]
    public async Task An_error_is_that_of_all_that_the_call_stood_for_and_of_no_others()
    {
        var first = Write("first");
        Task<TierWriteResult>[] failed = [Write("a"), Write("b")];
        await AcceptAsync(0, 10);
        await Until.TrueAsync(() => Task.FromResult(_calls.Count == 2), "the two are sent");
        var later = Write("later");
        _calls[1].Reply.SetException(new TierUnavailableException("lost", mayHaveHappened: true));
        foreach (var write in failed)
        {
            Assert.True((await Assert.ThrowsAsync<TierUnavailableException>(() => write)).MayHaveHappened);
        }

        await AcceptAsync(2, 20);
        Assert.Equal((10, 20), ((await first).Version, (await later).Version));
    }

    [Fact]
    public async Task An_error_of_the_first_does_not_touch_those_that_waited()
    {
        var first = Write("first");
        var second = Write("second");
        _calls[0].Reply.SetException(new TierUnavailableException("lost", mayHaveHappened: true));
        await Assert.ThrowsAsync<TierUnavailableException>(() => first);
        await AcceptAsync(1, 20);
        Assert.Equal(20, (await second).Version);
    }

    [Fact]
    public async Task Who_waited_for_a_call_that_found_no_server_hears_of_it_with_that_call()
    {
        var first = Write("first");
        Task<TierWriteResult>[] waited = [Write("a", WriteCondition.Present), Write("b", WriteCondition.Present), Write("c")];
        _time.Advance(TimeSpan.FromSeconds(5));
        _calls[0].Reply.SetException(new TierUnavailableException("away", mayHaveHappened: true));
        await Assert.ThrowsAsync<TierUnavailableException>(() => first);
        foreach (var write in waited)
        {
            Assert.False((await Assert.ThrowsAsync<TierUnavailableException>(() => write)).MayHaveHappened);
        }

        Assert.Single(_calls);
    }

    [Fact]
    public async Task Where_the_merged_value_finds_no_room_each_is_tried_for_itself()
    {
        Task<TierWriteResult>[] all = [Write("first"), Delete(), Write("large")];
        await AcceptAsync(0, 10);
        await Until.TrueAsync(() => Task.FromResult(_calls.Count == 2), "the two are sent");
        _calls[1].Reply.SetResult(new(TierWriteOutcome.Full, 0, TimeSpan.FromSeconds(1)));
        await AcceptAsync(2, 11);
        await Until.TrueAsync(() => Task.FromResult(_calls.Count == 4), "the last is sent");
        _calls[3].Reply.SetResult(new(TierWriteOutcome.Full, 0, TimeSpan.FromSeconds(1)));
        Assert.Equal(
            [TierWriteOutcome.Accepted, TierWriteOutcome.Accepted, TierWriteOutcome.Full],
            (await Task.WhenAll(all)).Select(static result => result.Outcome)
        );
    }

    [Fact]
    public async Task A_key_whose_writes_are_done_starts_afresh()
    {
        for (var i = 0; i < 3; i++)
        {
            var write = Write($"{i}");
            await AcceptAsync(i, 10 + i);
            Assert.Equal(10 + i, (await write).Version);
            Assert.Equal(1, _calls[i].Writes);
        }
    }

    private Task<TierWriteResult> Write(
        string value,
        WriteCondition condition = default,
        string key = "k",
        bool urgent = false,
        CancellationToken? cancellationToken = null
    ) => _merger.WriteAsync(TierBed.Write(key, value, urgent) with { Condition = condition }, cancellationToken ?? Cancelled).AsTask();

    private Task<TierWriteResult> Delete() => _merger.WriteAsync(new TierWrite { Key = "k", Tombstone = true }, Cancelled).AsTask();

    private async Task AcceptAsync(int call, long version)
    {
        await Until.TrueAsync(() => Task.FromResult(_calls.Count > call), $"call {call} is sent");
        _calls[call].Accept(version);
    }

    private ValueTask<TierWriteResult> Send(in TierWrite write, int writes, CancellationToken cancellationToken)
    {
        var call = new Call(write, writes);
        lock (_calls)
        {
            _calls.Add(call);
        }

        return new ValueTask<TierWriteResult>(call.Reply.Task);
    }

    private sealed record Call(TierWrite Write, int Writes)
    {
        public TaskCompletionSource<TierWriteResult> Reply { get; } = new();

        public string Value => System.Text.Encoding.UTF8.GetString(Write.Value.Span);

        public void Accept(long version) => Reply.SetResult(new(TierWriteOutcome.Accepted, version));
    }
}
