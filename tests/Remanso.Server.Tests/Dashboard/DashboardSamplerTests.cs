using Remanso.AspNetCore.Dashboard;
using Remanso.Testing;

namespace Remanso.Server.Tests.Dashboard;

/// <summary>Figures are taken while somebody looks, once a second, however many look; and not otherwise.</summary>
public sealed class DashboardSamplerTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly AskedRegistry _registry = new("a", "b");

    [Fact]
    public void Nobody_looks_and_nothing_is_asked()
    {
        var sampler = Sampler();

        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal((0, 0, false), (_registry.Asked, _time.ArmedTimers, sampler.IsRunning));
    }

    [Fact]
    public async Task It_asks_once_a_second_however_many_look()
    {
        var sampler = Sampler();
        using var one = sampler.TryEnter();
        using var two = sampler.TryEnter();
        using var three = sampler.TryEnter();
        for (var number = 1; number <= 5; number++)
        {
            Assert.Equal(number, (await AfterAsync(sampler, number - 1)).Number);
            Assert.Equal(number, _registry.Asked);
            await _time.WaitForTimersAsync(1);
            _time.Advance(_second);
        }
    }

    [Fact]
    public async Task The_last_viewer_who_leaves_ends_the_sampling()
    {
        var sampler = Sampler();
        var one = sampler.TryEnter()!;
        var two = sampler.TryEnter()!;
        await AfterAsync(sampler, 0);
        one.Dispose();
        one.Dispose();
        Assert.True(sampler.IsRunning);

        two.Dispose();
        await sampler.Running.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal((1, 0, false), (_registry.Asked, _time.ArmedTimers, sampler.IsRunning));
    }

    [Fact]
    public async Task Who_comes_again_and_again_does_not_make_it_ask_more_often()
    {
        var sampler = Sampler();
        for (var visit = 0; visit < 20; visit++)
        {
            using (sampler.TryEnter())
            {
                await AfterAsync(sampler, 0);
            }

            await sampler.Running.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        }

        Assert.Equal(1, _registry.Asked);
        using var place = sampler.TryEnter();
        await _time.WaitForTimersAsync(1);
        _time.Advance(_second);
        Assert.Equal(2, (await AfterAsync(sampler, 1)).Number);
    }

    [Fact]
    public void As_many_look_as_may_and_no_more()
    {
        var sampler = Sampler(maxViewers: 2);
        var one = sampler.TryEnter();
        using var two = sampler.TryEnter();

        Assert.NotNull(one);
        Assert.NotNull(two);
        Assert.Null(sampler.TryEnter());
        one.Dispose();
        using var three = sampler.TryEnter();
        Assert.NotNull(three);
    }

    [Fact]
    public async Task Figures_that_do_not_come_are_said_to_be_old_and_are_not_asked_for_twice()
    {
        var sampler = Sampler();
        using var place = sampler.TryEnter();
        var first = await AfterAsync(sampler, 0);
        var gate = new TaskCompletionSource();
        _registry.Gate = gate.Task;
        _registry.Problems.Add("cache a: the tier is down");
        _registry.Warnings.Add("cache a: it is slow");

        await _time.WaitForTimersAsync(1);
        _time.Advance(_second);
        for (var number = 2; number <= 4; number++)
        {
            // The beat, and the patience with the answer.
            await _time.WaitForTimersAsync(2);
            _time.Advance(TimeSpan.FromSeconds(2));
            var late = await AfterAsync(sampler, number - 1);
            Assert.NotNull(late.Error);
            Assert.Equal(first.FiguresAt, late.FiguresAt);
            Assert.Equal(first.Caches, late.Caches);
            Assert.Equal(["cache a: the tier is down"], late.Problems);
            Assert.Equal(["cache a: it is slow"], late.Warnings);
            Assert.Equal(2, _registry.Asked);
        }

        gate.SetResult();
        var again = await AfterAsync(sampler, 4);
        Assert.Null(again.Error);
        Assert.True(again.FiguresAt > first.FiguresAt);
    }

    [Fact]
    public async Task Figures_that_came_when_nobody_looked_are_not_the_next_viewers()
    {
        var sampler = Sampler();
        var gate = new TaskCompletionSource();
        _registry.Gate = gate.Task;
        sampler.TryEnter()!.Dispose();
        await sampler.Running.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.Equal(1, _registry.Asked);
        gate.SetResult();

        _time.Advance(TimeSpan.FromMinutes(10));
        using var place = sampler.TryEnter();
        var sample = await AfterAsync(sampler, 0);

        Assert.Null(sample.Error);
        Assert.Equal(2, _registry.Asked);
    }

    [Fact]
    public async Task A_figure_that_throws_is_told_and_the_next_one_comes()
    {
        var sampler = Sampler();
        _registry.Gate = Task.FromException(new TierUnavailableException("redis at secret-host is gone", mayHaveHappened: false));
        using var place = sampler.TryEnter();
        var first = await AfterAsync(sampler, 0);
        Assert.DoesNotContain("secret-host", first.Error!, StringComparison.Ordinal);
        Assert.Empty(first.Caches);

        _registry.Gate = Task.CompletedTask;
        await _time.WaitForTimersAsync(1);
        _time.Advance(_second);
        Assert.Null((await AfterAsync(sampler, 1)).Error);
    }

    [Fact]
    public async Task What_throws_beside_the_figures_is_told_and_the_next_one_comes()
    {
        var sampler = Sampler();
        _registry.Fault = new InvalidOperationException("a fault");
        using var place = sampler.TryEnter();
        Assert.NotNull((await AfterAsync(sampler, 0)).Error);

        _registry.Fault = null;
        await _time.WaitForTimersAsync(1);
        _time.Advance(_second);
        Assert.Null((await AfterAsync(sampler, 1)).Error);
    }

    [Fact]
    public async Task The_past_begins_anew_where_the_clock_was_set_back()
    {
        var sampler = Sampler();
        using var place = sampler.TryEnter();
        await AfterAsync(sampler, 0);
        await _time.WaitForTimersAsync(1);
        _time.Advance(_second);
        await AfterAsync(sampler, 1);
        Assert.Equal(2, sampler.History([0]).Count);

        _time.ShiftWallClock(TimeSpan.FromHours(-1));
        await _time.WaitForTimersAsync(1);
        _time.Advance(_second);
        var sample = await AfterAsync(sampler, 2);

        Assert.Equal(sample.At, Assert.Single(sampler.History([0])).At);
    }

    [Fact]
    public async Task The_stop_of_the_process_ends_it_whoever_looks()
    {
        using var stopping = new CancellationTokenSource();
        var sampler = new DashboardSampler(_registry, _time, 4, stopping.Token);
        using var place = sampler.TryEnter();
        await AfterAsync(sampler, 0);

        await stopping.CancelAsync();

        await sampler.Running.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void The_past_is_bounded_whatever_happens()
    {
        foreach (var (caches, capacity) in new[] { (1, 300), (200, 300), (1000, 60), (100_000, 30) })
        {
            var ring = new SampleRing(caches);
            Assert.Equal(capacity, ring.Capacity);
            for (var i = 0; i < capacity + 7; i++)
            {
                ring.Add(i, [new CachePoint(i, 1, 2, 3, 4, 5, 6, 7)]);
            }

            var sums = ring.Sums([0]);
            Assert.Equal(capacity, sums.Count);
            Assert.Equal((7L, 7L), (sums[0].At, sums[0].Sum.Asked));
            Assert.Equal(capacity + 6, sums[^1].At);
        }
    }

    private static async Task<DashboardSample> AfterAsync(DashboardSampler sampler, long number) =>
        await sampler.AfterAsync(number, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

    private DashboardSampler Sampler(int maxViewers = 8) => new(_registry, _time, maxViewers, CancellationToken.None);
}
