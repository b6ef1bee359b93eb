using System.Collections.Concurrent;
using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

[Collection(ManualClockTests.Name)]
public sealed class LoadManyTests
{
    private readonly ConcurrentQueue<string> _calls = new();
    private readonly Gate _gate = new();

    [Fact]
    public async Task Missing_keys_leave_as_one_call_and_what_it_does_not_answer_is_absent()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("b", "there");
        _gate.Open();

        var read = await harness.Cache.GetOrLoadManyAsync(["a", "b", "c", "a", "none"], LoadAsync);

        Assert.Equal("a c none", Assert.Single(_calls));
        Assert.Equal(["a!", "there", "c!", null], new[] { "a", "b", "c", "none" }.Select(key => read[key].Value));
        Assert.False(read["none"].Found);
        await harness.Cache.GetOrLoadManyAsync(["a", "b", "c", "none"], LoadAsync);
        Assert.Single(_calls);
    }

    [Fact]
    public async Task A_key_in_flight_is_joined_and_single_callers_join_the_call()
    {
        await using var harness = await StartAsync();
        var single = harness
            .Cache.GetOrLoadAsync("a", async (key, token) =>
            {
                await _gate.PassAsync(token);
                return key + "?";
            })
            .AsTask();
        await _gate.ArrivedAsync();
        var many = harness.Cache.GetOrLoadManyAsync(["a", "b"], LoadAsync).AsTask();
        await _gate.ArrivedAsync();
        var late = harness.Cache.GetOrLoadAsync("b", static (_, _) => throw new InvalidOperationException("must not be called")).AsTask();
        _gate.Open();

        Assert.Equal("b", Assert.Single(_calls));
        Assert.Equal("a?", (await single).Value);
        var read = await many;
        Assert.Equal(("a?", true), (read["a"].Value, read["a"].Joined));
        Assert.Equal(("b!", true), ((await late).Value, (await late).Joined));
    }

    [Fact]
    public async Task A_call_that_fails_fails_for_all_its_keys()
    {
        await using var harness = await StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            harness.Cache.GetOrLoadManyAsync(["a", "b"], static (_, _) => throw new InvalidOperationException("down")).AsTask()
        );
    }

    [Fact]
    public async Task A_key_in_its_back_off_is_an_error_beside_the_others_values()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
            options.Load.FirstBackoff = options.Load.MaxBackoff = TimeSpan.FromMinutes(1)
        );
        await harness.Cache.SetAsync("a", "there");
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            harness.Cache.GetOrLoadAsync("b", static (_, _) => throw new InvalidOperationException("down")).AsTask()
        );
        _gate.Open();

        var read = await harness.Cache.GetOrLoadManyAsync(["a", "b", "c"], LoadAsync);

        Assert.Equal(["there", "c!"], new[] { "a", "c" }.Select(key => read[key].Value));
        Assert.Equal("down", Assert.IsType<InvalidOperationException>(read["b"].Error).Message);
        Assert.Throws<InvalidOperationException>(() => read["b"].Found);
        Assert.Equal("c", Assert.Single(_calls));
    }

    [Fact]
    public async Task A_call_that_fails_leaves_what_is_there_and_one_that_asks_for_itself_does_not()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("a", "there");

        await Assert.ThrowsAsync<RecursiveLoadException>(() =>
            harness
                .Cache.GetOrLoadManyAsync(["a", "b"], async (_, token) =>
                {
                    await harness.Cache.GetAsync("b", token);
                    return new Dictionary<string, string>(StringComparer.Ordinal);
                })
                .AsTask()
        );
        var read = await harness.Cache.GetOrLoadManyAsync(["a", "c"], static (_, _) => throw new TimeoutException("down"));

        Assert.Equal("there", read["a"].Value);
        Assert.IsType<TimeoutException>(read["c"].Error);
    }

    [Fact]
    public async Task A_call_that_asks_for_a_key_of_its_own_fails_loudly()
    {
        await using var harness = await StartAsync();

        await Assert.ThrowsAsync<RecursiveLoadException>(() =>
            harness
                .Cache.GetOrLoadManyAsync(["a", "b"], async (_, token) =>
                {
                    await harness.Cache.GetAsync("b", token);
                    return new Dictionary<string, string>(StringComparer.Ordinal);
                })
                .AsTask()
        );
    }

    [Fact]
    public async Task The_call_is_cancelled_when_nobody_waits_for_any_of_its_keys()
    {
        await using var harness = await StartAsync();
        using var gone = new CancellationTokenSource();
        var cancelled = new TaskCompletionSource();
        var read = harness
            .Cache.GetOrLoadManyAsync(
                ["a", "b"],
                async (keys, token) =>
                {
                    try
                    {
                        return await LoadAsync(keys, token);
                    }
                    finally
                    {
                        Assert.True(token.IsCancellationRequested);
                        cancelled.SetResult();
                    }
                },
                gone.Token
            )
            .AsTask();
        await _gate.ArrivedAsync();

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await cancelled.Task;
    }

    [Fact]
    public async Task Stale_keys_leave_as_one_call_too_and_are_served_within_the_soft_timeout()
    {
        await using var harness = await StartAsync();
        _gate.Open();
        await harness.Cache.GetOrLoadManyAsync(["a", "b"], LoadAsync);
        harness.Options.Load.CallersInBackground = true;
        harness.Time.Advance(harness.Options.Ttl.Base * 1.3);
        var gate = new Gate();

        var read = harness
            .Cache.GetOrLoadManyAsync(["a", "b", "c"], async (keys, token) =>
            {
                await gate.PassAsync(token);
                return await LoadAsync(keys, token);
            })
            .AsTask();
        await gate.ArrivedAsync();
        harness.Time.Advance(harness.Options.Load.SoftTimeout);
        Assert.False(read.IsCompleted);
        gate.Open();

        var results = await read;
        Assert.True(results["a"].Stale && results["b"].Stale && !results["c"].Stale);
        Assert.Equal(["a b", "a b c"], _calls.Select(static call => string.Join(' ', call.Split(' ').Order())));
    }

    [Fact]
    public async Task A_write_during_the_call_stands()
    {
        await using var harness = await StartAsync();
        var read = harness.Cache.GetOrLoadManyAsync(["a", "b"], LoadAsync).AsTask();
        await _gate.ArrivedAsync();
        await harness.Cache.SetAsync("a", "written");
        await harness.Cache.RemoveAsync("b");
        _gate.Open();

        await read;
        Assert.Equal("written", (await harness.Cache.GetAsync("a")).Value);
        Assert.False((await harness.Cache.GetAsync("b")).Found);
    }

    private async ValueTask<IReadOnlyDictionary<string, string>> LoadAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        _calls.Enqueue(string.Join(' ', keys));
        await _gate.PassAsync(cancellationToken);
        return keys.Where(static key => key != "none").ToDictionary(static key => key, static key => key + "!", StringComparer.Ordinal);
    }

    private static Task<CacheHarness> StartAsync() => CacheHarness.StartAsync();
}
