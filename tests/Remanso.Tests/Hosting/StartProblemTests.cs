using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Hosting;

[Collection(ManualClockTests.Name)]
public sealed class StartProblemTests
{
    [Fact]
    public async Task A_store_that_is_not_up_yet_is_told_from_the_start_until_it_is()
    {
        var store = new ScriptedStore { OnInitialize = static _ => throw new StoreException("not up yet", isTransient: true) };
        await using var harness = await CacheHarness.StartAsync(store: store);

        Assert.Contains("not up yet", Assert.Single(harness.Registry.GetProblems()), StringComparison.Ordinal);

        store.OnInitialize = null;
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the start");
    }

    [Fact]
    public async Task A_store_of_the_applications_that_is_out_of_reach_is_waited_for()
    {
        var store = new ScriptedStore { OnInitialize = static _ => throw new HttpRequestException("nobody answers") };
        await using var harness = await CacheHarness.StartAsync(store: store);

        Assert.Contains("nobody answers", Assert.Single(harness.Registry.GetProblems()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_says_nothing_holds_the_start_for_seconds_and_is_opened_once_all_the_same()
    {
        var gate = new Gate();
        var asked = 0;
        var store = new ScriptedStore
        {
            OnInitialize = token =>
            {
                asked++;
                return gate.PassAsync(token);
            },
        };
        var time = new ManualTimeProvider();
        var starting = CacheHarness.StartAsync(store: store, time: time);
        await gate.ArrivedAsync();
        await CacheHarness.SettleAsync();
        time.Advance(TimeSpan.FromSeconds(9));
        await CacheHarness.SettleAsync();
        Assert.False(starting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        await using var harness = await starting;
        Assert.Contains("has not answered for 10 s", Assert.Single(harness.Registry.GetProblems()), StringComparison.Ordinal);
        await AdvanceAsync(harness, TimeSpan.FromMinutes(1));
        Assert.NotEmpty(harness.Registry.GetProblems());
        gate.Open();
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the start");

        Assert.Equal((1, 1), (asked, store.Initializations));
    }

    [Fact]
    public async Task A_store_that_keeps_the_thread_of_its_opening_holds_the_start_for_seconds_and_no_other_cache()
    {
        using var opens = new ManualResetEventSlim();
        var asked = 0;
        var store = new ScriptedStore
        {
            OnInitialize = _ =>
            {
                if (Interlocked.Increment(ref asked) == 1)
                {
                    opens.Wait(TestContext.Current.CancellationToken);
                }

                return Task.CompletedTask;
            },
        };
        var time = new ManualTimeProvider();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(time);
        services.AddRemanso().UseStore(_ => store).AddCache<string, string>("a").AddCache<string, string>("b");
        await using var provider = services.BuildServiceProvider();
        var registry = provider.GetRequiredService<ICacheRegistry>();
        var starting = Task.Run(() => Hosted.StartAsync(provider));
        await CacheHarness.SettleAsync();
        try
        {
            Assert.Equal((1, false), (store.Initializations, starting.IsCompleted));
            time.Advance(TimeSpan.FromSeconds(10));
            await starting.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
            Assert.Contains("has not answered for 10 s", Assert.Single(registry.GetProblems()), StringComparison.Ordinal);
        }
        finally
        {
            opens.Set();
        }

        await CacheHarness.SettleAsync();
        time.Advance(TimeSpan.FromMinutes(1));
        await CacheHarness.SettleAsync();
        Assert.Empty(registry.GetProblems());
    }

    [Fact]
    public async Task A_store_that_fails_after_a_long_time_is_opened_again()
    {
        var gate = new Gate();
        var store = new ScriptedStore
        {
            OnInitialize = async token =>
            {
                await gate.PassAsync(token);
                throw new StoreException("no such host", isTransient: true);
            },
        };
        var time = new ManualTimeProvider();
        var starting = CacheHarness.StartAsync(store: store, time: time);
        await gate.ArrivedAsync();
        await CacheHarness.SettleAsync();
        time.Advance(TimeSpan.FromSeconds(10));
        await using var harness = await starting;
        gate.Open();
        await harness.AdvanceUntilAsync(
            () => harness.Registry.GetProblems().Any(static problem => problem.Contains("no such host", StringComparison.Ordinal)),
            "the store's own error"
        );
        store.OnInitialize = null;

        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the start");
        Assert.Equal(1, store.Initializations);
    }

    [Fact]
    public async Task A_cache_that_can_not_start_is_not_told_as_ready()
    {
        var store = new ScriptedStore { OnInitialize = static _ => throw new StoreException("no such column", isTransient: false) };
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(new ManualTimeProvider());
        services.AddRemanso().UseStore(_ => store).AddCache<string, string>("test");
        await using var provider = services.BuildServiceProvider();

        await Assert.ThrowsAsync<StoreException>(() => Hosted.StartAsync(provider));

        var problem = Assert.Single(provider.GetRequiredService<ICacheRegistry>().GetProblems());
        Assert.Contains("no such column", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flusher_that_ended_unexpectedly_is_told_and_the_stop_flushes_all_the_same()
    {
        FaultyTier tier = null!;
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.QuietHours = new QuietHours(new TimeOnly(0, 0), new TimeOnly(23, 59)),
            decorate: inner => tier = new FaultyTier(inner) { IsLocal = false },
            time: new ManualTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero))
        );
        await harness.Cache.SetAsync("k", "v");
        // No tier may throw that: whatever it was, it is not what ends a flusher in silence.
        tier.Breaks = new NotSupportedException("this tier is broken");
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count > 0, "that the flusher ended");
        Assert.Contains(harness.Registry.GetProblems(), static problem =>
            problem.Contains("this tier is broken", StringComparison.Ordinal)
        );
        tier.Breaks = null;

        var stopping = harness.StopAsync();
        await harness.AdvanceUntilAsync(() => stopping.IsCompleted, "the stop");

        await stopping;
        Assert.Equal("v", harness.Store.Text("k"));
    }

    private static async Task AdvanceAsync(CacheHarness harness, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            harness.Time.Advance(TimeSpan.FromSeconds(1));
            await CacheHarness.SettleAsync();
        }
    }
}
