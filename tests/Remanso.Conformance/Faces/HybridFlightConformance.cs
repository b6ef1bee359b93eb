using Microsoft.Extensions.Caching.Hybrid;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Faces;

/// <summary>Many callers of one key: one factory call, its value or its failure for all, and each may leave.</summary>
public abstract class HybridFlightConformance(FaceHarness harness) : HybridSuite(harness)
{
    [Fact]
    public async Task A_hundred_callers_at_once_cost_one_factory_call()
    {
        var gate = new Gate();
        var runs = 0;
        var calls = Enumerable
            .Range(0, 100)
            .Select(_ =>
                Task.Run(() =>
                    Cache
                        .GetOrCreateAsync("k", async token =>
                        {
                            Interlocked.Increment(ref runs);
                            await gate.PassAsync(token);
                            return "a";
                        })
                        .AsTask()
                )
            )
            .ToArray();
        await gate.ArrivedAsync();
        gate.Open();
        Assert.All(await Task.WhenAll(calls), static value => Assert.Equal("a", value));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Different_keys_do_not_wait_for_each_other()
    {
        var gate = new Gate();
        var slow = Cache
            .GetOrCreateAsync("slow", async token =>
            {
                await gate.PassAsync(token);
                return 1;
            })
            .AsTask();
        await gate.ArrivedAsync();
        Assert.Equal(2, await GetAsync("quick", 2));
        gate.Open();
        Assert.Equal(1, await slow);
    }

    [Fact]
    public async Task A_failure_reaches_all_who_waited_for_it_and_is_not_kept()
    {
        var gate = new Gate();
        var calls = Enumerable
            .Range(0, 8)
            .Select(_ =>
                Cache
                    .GetOrCreateAsync<string>("k", async token =>
                    {
                        await gate.PassAsync(token);
                        throw new NotSupportedException("No such customer.");
                    })
                    .AsTask()
            )
            .ToArray();
        await gate.ArrivedAsync();
        gate.Open();
        foreach (var call in calls)
        {
            var error = await Assert.ThrowsAsync<NotSupportedException>(() => call);
            Assert.Equal("No such customer.", error.Message);
        }

        Assert.Equal("a", await GetAsync("k", "a"));
    }

    [Fact]
    public async Task A_factory_that_fails_before_it_waits_fails_its_caller()
    {
        await Assert.ThrowsAsync<NotSupportedException>(async () =>
            await Cache.GetOrCreateAsync<string>("k", static _ => throw new NotSupportedException())
        );
        Assert.Equal("a", await GetAsync("k", "a"));
    }

    [Fact]
    public async Task A_caller_that_leaves_harms_no_other()
    {
        var gate = new Gate();
        using var leaving = new CancellationTokenSource();
        var first = Cache.GetOrCreateAsync("k", LoadAsync, cancellationToken: leaving.Token).AsTask();
        await gate.ArrivedAsync();
        var second = Cache.GetOrCreateAsync("k", LoadAsync).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.Open();
        Assert.Equal("a", await second);

        async ValueTask<string> LoadAsync(CancellationToken token)
        {
            await gate.PassAsync(token);
            return "a";
        }
    }

    [Fact]
    public async Task A_factory_that_nobody_waits_for_any_more_is_cancelled()
    {
        var gate = new Gate();
        var cancelled = new TaskCompletionSource();
        using var leaving = new CancellationTokenSource();
        CancellationToken[] tokens = [leaving.Token, leaving.Token];
        var calls = Array.ConvertAll(tokens, token => Cache
                .GetOrCreateAsync(
                    "k",
                    async flight =>
                    {
                        try
                        {
                            await gate.PassAsync(flight);
                            return "a";
                        }
                        catch (OperationCanceledException) when (flight.IsCancellationRequested)
                        {
                            cancelled.SetResult();
                            throw;
                        }
                    },
                    cancellationToken: token
                )
                .AsTask());
        await gate.ArrivedAsync();
        await leaving.CancelAsync();
        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("b", await GetAsync("k", "b"));
    }

    [Fact]
    public async Task A_call_that_is_cancelled_beforehand_runs_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Cache.GetOrCreateAsync<int>("k", static _ => throw new InvalidOperationException("It ran."), cancellationToken: cancelled)
        );
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Cache.SetAsync("k", 1, cancellationToken: cancelled));
        Assert.Equal(0, await PeekAsync<int>("k"));
    }

    [Fact]
    public async Task What_is_set_while_a_factory_runs_is_what_stays()
    {
        var gate = new Gate();
        var old = Cache
            .GetOrCreateAsync("k", async token =>
            {
                await gate.PassAsync(token);
                return "old";
            })
            .AsTask();
        await gate.ArrivedAsync();
        await Cache.SetAsync("k", "new");
        gate.Open();
        await old;
        Assert.Equal("new", await GetAsync("k", "x"));
    }

    [Fact]
    public async Task What_is_removed_while_a_factory_runs_does_not_come_back()
    {
        var gate = new Gate();
        var runs = 0;
        var old = Cache
            .GetOrCreateAsync("k", async token =>
            {
                var run = Interlocked.Increment(ref runs);
                await gate.PassAsync(token);
                return run;
            })
            .AsTask();
        await gate.ArrivedAsync();
        await Cache.RemoveAsync("k");
        gate.Open();
        await old;
        Assert.NotEqual(1, await GetAsync("k", 7));
    }

    [Fact]
    public async Task Callers_of_two_types_at_once_each_get_their_own()
    {
        var gate = new Gate();
        var text = Cache
            .GetOrCreateAsync("k", async token =>
            {
                await gate.PassAsync(token);
                return "a";
            })
            .AsTask();
        await gate.ArrivedAsync();
        var number = GetAsync("k", 7).AsTask();
        gate.Open();
        Assert.Equal("a", await text);
        Assert.Equal(7, await number);
    }

    [Fact]
    public async Task A_factory_may_use_the_cache_for_other_keys()
    {
        var value = await Cache.GetOrCreateAsync("outer", async _ => "outer of " + await GetAsync("inner", "inner"));
        Assert.Equal("outer of inner", value);
        Assert.Equal("inner", await PeekAsync<string?>("inner"));
    }
}
