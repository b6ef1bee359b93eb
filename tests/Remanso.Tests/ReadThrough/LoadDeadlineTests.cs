using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

[Collection(ManualClockTests.Name)]
public sealed class LoadDeadlineTests
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task A_store_that_ignores_its_token_holds_no_place_in_the_bulkhead_past_the_deadline()
    {
        var hung = new TaskCompletionSource();
        var began = new SemaphoreSlim(0);
        await using var harness = await StartAsync();
        harness.Store.OnLoad = (_, _) =>
        {
            began.Release();
            return hung.Task;
        };

        var stuck = Enumerable.Range(0, 2).Select(i => harness.Cache.GetAsync($"stuck:{i}").AsTask()).ToArray();
        await began.WaitAsync();
        await began.WaitAsync();
        harness.Store.OnLoad = static (_, _) => Task.CompletedTask;
        harness.Store.Put("k", "v", 1);
        harness.Time.Advance(_deadline / 2);
        var queued = harness.Cache.GetAsync("k").AsTask();
        Assert.False(queued.IsCompleted);
        harness.Time.Advance(_deadline / 2);

        await Task.WhenAll(stuck.Select(static read => Assert.ThrowsAsync<TimeoutException>(() => read)));
        Assert.Equal("v", (await queued).Value);
        hung.SetResult();
    }

    [Fact]
    public async Task A_loader_that_never_returns_frees_its_key_at_the_deadline_and_hears_of_it()
    {
        await using var harness = await StartAsync();
        var cancelled = new TaskCompletionSource();
        var never = new TaskCompletionSource<string?>();

        var read = harness
            .Cache.GetOrLoadAsync("k", async (_, token) =>
            {
                await using var registration = token.Register(cancelled.SetResult);
                return await never.Task;
            })
            .AsTask();
        harness.Time.Advance(_deadline);

        await Assert.ThrowsAsync<TimeoutException>(() => read);
        await cancelled.Task;
        harness.Time.Advance(harness.Options.Load.FirstBackoff);
        Assert.Equal("v", (await harness.Cache.GetOrLoadAsync("k", static (_, _) => ValueTask.FromResult<string?>("v"))).Value);
        never.SetResult("late");
        Assert.Equal("v", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_query_ends_for_the_key_that_waited_longest_and_goes_on_for_the_others()
    {
        var gate = new Gate();
        await using var harness = await StartAsync();
        harness.Store.Put("b", "v", 1);
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);

        var blockers = Enumerable.Range(0, 2).Select(i => harness.Cache.GetAsync($"blocker:{i}").AsTask()).ToArray();
        await gate.ArrivedAsync(2);
        harness.Time.Advance(_deadline / 2);
        var queued = harness.Cache.GetAsync("b").AsTask();
        harness.Time.Advance(_deadline / 2);
        await Task.WhenAll(blockers.Select(static read => Assert.ThrowsAsync<TimeoutException>(() => read)));
        await gate.ArrivedAsync();
        gate.Open();

        Assert.Equal("v", (await queued).Value);
    }

    private static Task<CacheHarness> StartAsync() =>
        CacheHarness.StartAsync(static options => (options.Load.Timeout, options.Load.MaxConcurrent) = (_deadline, 2));
}
