using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

[Collection(ManualClockTests.Name)]
public sealed class LoadContextTests
{
    private static readonly TimeSpan _ttl = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_loader_sets_the_TTL_and_the_grace_period_of_its_value()
    {
        await using var harness = await StartAsync();

        var read = await harness.Cache.GetOrLoadAsync("k", static (context, _) =>
        {
            (context.Ttl, context.Grace) = (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
            return ValueTask.FromResult<string?>(context.Key + "!");
        });

        Assert.Equal("k!", read.Value);
        Assert.Equal(60_000_000, read.Entry!.FreshUntil - read.Entry.CachedAt);
        Assert.Equal(180_000_000, read.Entry.StaleUntil - read.Entry.CachedAt);
    }

    [Fact]
    public async Task The_callers_options_hold_where_the_loader_says_nothing()
    {
        await using var harness = await StartAsync();

        var read = await harness.Cache.GetOrLoadAsync(
            "k",
            Returns("v"),
            new ReadOptions { Ttl = TimeSpan.FromSeconds(3), Grace = TimeSpan.Zero }
        );

        Assert.Equal(3_000_000, read.Entry!.FreshUntil - read.Entry.CachedAt);
        Assert.Equal(read.Entry.FreshUntil, read.Entry.StaleUntil);
    }

    [Fact]
    public async Task A_value_that_is_not_to_be_cached_goes_to_all_who_waited_and_nowhere_else()
    {
        await using var harness = await StartAsync();
        var gate = new Gate();
        var calls = 0;
        async ValueTask<string?> Load(LoadContext<string, string> context, CancellationToken token)
        {
            calls++;
            await gate.PassAsync(token);
            context.DoNotCache();
            return "private";
        }

        var reads = Enumerable.Range(0, 5).Select(_ => harness.Cache.GetOrLoadAsync("k", Load).AsTask()).ToArray();
        await gate.ArrivedAsync();
        gate.Open();

        Assert.All(await Task.WhenAll(reads), static read => Assert.Equal("private", read.Value));
        Assert.Equal(1, calls);
        Assert.False((await harness.Cache.GetAsync("k", ReadFrom.Tier)).Found);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task Who_comes_while_such_a_value_is_loaded_shares_it_unless_a_tag_was_removed_meanwhile(bool isRemoved, int loads)
    {
        await using var harness = await StartAsync();
        Gate[] gates = [new(), new()];
        var calls = 0;
        async ValueTask<string?> Load(LoadContext<string, string> context, CancellationToken token)
        {
            context.DoNotCache();
            await gates[Math.Min(calls++, 1)].PassAsync(token);
            return "private";
        }

        var first = harness.Cache.GetOrLoadAsync("k", Load).AsTask();
        await gates[0].ArrivedAsync();
        if (isRemoved)
        {
            await harness.Cache.RemoveByTagAsync("any");
        }

        var others = Enumerable.Range(0, 20).Select(_ => harness.Cache.GetOrLoadAsync("k", Load).AsTask()).ToArray();
        await CacheHarness.SettleAsync();
        gates[0].Open();
        await CacheHarness.SettleAsync();
        gates[1].Open();

        Assert.All(await Task.WhenAll([first, .. others]), static read => Assert.Equal("private", read.Value));
        Assert.Equal(loads, calls);
    }

    [Fact]
    public async Task Who_comes_while_a_load_runs_that_may_not_fill_shares_the_next_one()
    {
        await using var harness = await StartAsync();
        Gate[] gates = [new(), new()];
        var calls = 0;
        async ValueTask<string?> Load(LoadContext<string, string> context, CancellationToken token)
        {
            await gates[Math.Min(calls++, 1)].PassAsync(token);
            return "v";
        }

        var options = new ReadOptions { Skips = ReadSkip.TierWrite };
        var first = harness.Cache.GetOrLoadAsync("k", Load, options).AsTask();
        await gates[0].ArrivedAsync();
        var others = Enumerable.Range(0, 20).Select(_ => harness.Cache.GetOrLoadAsync("k", Load, options).AsTask()).ToArray();
        await CacheHarness.SettleAsync();
        gates[0].Open();
        await CacheHarness.SettleAsync();
        gates[1].Open();

        Assert.All(await Task.WhenAll([first, .. others]), static read => Assert.Equal("v", read.Value));
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_value_that_is_not_modified_keeps_its_version_and_gets_a_new_TTL()
    {
        await using var harness = await StartAsync();
        var first = await harness.Cache.GetOrLoadAsync("k", Returns("v"));
        harness.Time.Advance(_ttl);

        var second = await harness.Cache.GetOrLoadAsync("k", static (context, _) =>
        {
            Assert.Equal("v", context.Previous?.Value);
            return ValueTask.FromResult(context.NotModified());
        });

        Assert.Equal(("v", first.Version), (second.Value, second.Version));
        Assert.True(second.Entry!.FreshUntil >= first.Entry!.FreshUntil + 10_000_000);
        Assert.False((await harness.Cache.GetAsync("k", ReadFrom.Tier)).Stale);
    }

    [Fact]
    public async Task Without_a_previous_value_nothing_can_be_unmodified()
    {
        await using var harness = await StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            harness.Cache.GetOrLoadAsync("k", static (context, _) => ValueTask.FromResult(context.NotModified())).AsTask()
        );
    }

    [Fact]
    public async Task A_write_during_a_load_that_ends_with_not_modified_stands()
    {
        await using var harness = await StartAsync();
        await harness.Cache.GetOrLoadAsync("k", Returns("old"));
        harness.Time.Advance(_ttl);

        var read = await harness.Cache.GetOrLoadAsync("k", async (context, _) =>
        {
            await harness.Cache.SetAsync("k", "written", cancellationToken: CancellationToken.None);
            return context.NotModified();
        });

        Assert.Equal("written", read.Value);
        Assert.Equal("written", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_read_that_skips_the_tiers_copy_loads_and_fills()
    {
        await using var harness = await StartAsync();
        await harness.Cache.GetOrLoadAsync("k", Returns("old"));

        var read = await harness.Cache.GetOrLoadAsync("k", Returns("new"), new ReadOptions { Skips = ReadSkip.TierRead });

        Assert.Equal("new", read.Value);
        Assert.Equal("new", (await harness.Cache.GetAsync("k", ReadFrom.Tier)).Value);
    }

    [Fact]
    public async Task A_read_that_skips_the_tiers_copy_gets_what_is_dirty_nevertheless()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "written");

        var read = await harness.Cache.GetOrLoadAsync("k", Returns("loaded"), new ReadOptions { Skips = ReadSkip.TierRead });

        Assert.Equal("written", read.Value);
    }

    [Fact]
    public async Task A_read_that_skips_the_fill_leaves_nothing_behind()
    {
        await using var harness = await StartAsync();

        Assert.Equal("v", (await harness.Cache.GetOrLoadAsync("k", Returns("v"), new ReadOptions { Skips = ReadSkip.TierWrite })).Value);
        Assert.Equal(
            "w",
            (
                await harness.Cache.GetOrLoadAsync("k", Returns("w"), new ReadOptions { Skips = ReadSkip.TierRead | ReadSkip.TierWrite })
            ).Value
        );
        Assert.False((await harness.Cache.GetAsync("k", ReadFrom.Tier)).Found);
    }

    [Fact]
    public async Task A_read_that_skips_copy_and_fill_gets_what_was_loaded_and_leaves_the_copy()
    {
        await using var harness = await StartAsync();
        await harness.Cache.GetOrLoadAsync("k", Returns("copy"));

        var read = await harness.Cache.GetOrLoadAsync(
            "k",
            Returns("loaded"),
            new ReadOptions { Skips = ReadSkip.TierRead | ReadSkip.TierWrite }
        );

        Assert.Equal("loaded", read.Value);
        Assert.Equal("copy", (await harness.Cache.GetAsync("k", ReadFrom.Tier)).Value);
    }

    [Fact]
    public async Task A_read_that_skips_the_load_finds_what_is_there_or_nothing()
    {
        await using var harness = await StartAsync();
        var only = new ReadOptions { Skips = ReadSkip.Load };

        Assert.False((await harness.Cache.GetOrLoadAsync("k", Returns("v"), only)).Found);
        await harness.Cache.GetOrLoadAsync("k", Returns("v"));
        Assert.Equal("v", (await harness.Cache.GetOrLoadAsync("k", Returns("w"), only)).Value);
    }

    [Fact]
    public async Task Options_out_of_range_are_refused()
    {
        await using var harness = await StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () =>
            await harness.Cache.GetOrLoadAsync("k", Returns("v"), new ReadOptions { Ttl = TimeSpan.Zero })
        );
    }

    private static Func<LoadContext<string, string>, CancellationToken, ValueTask<string?>> Returns(string value) =>
        (_, _) => ValueTask.FromResult<string?>(value);

    private static Task<CacheHarness> StartAsync() =>
        CacheHarness.StartAsync(static options =>
            (options.Ttl.Base, options.Ttl.Grace, options.Ttl.Jitter) = (_ttl, TimeSpan.FromMinutes(1), 0)
        );
}
