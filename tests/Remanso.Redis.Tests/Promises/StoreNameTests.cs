using Remanso.Conformance.Servers;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Tier;
using Remanso.Redis.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>By what a cache knows its store, beside earlier versions, which took the default store's name for a store of
/// the cache's own.</summary>
public sealed class StoreNameTests : IAsyncLifetime
{
    private const string Default = "postgres://a/default";
    private const string Own = "postgres://a/own";
    private const string Other = "postgres://b/own";

    private RedisProcess _server = null!;
    private TierBed _bed = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Meta => $"rm:{{{_bed.Cache}}}:meta";

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartAsync();
        _bed = new TierBed(_server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(Default, Own)]
    [InlineData(Default, "")]
    // It had no default store.
    [InlineData("", Own)]
    [InlineData("", "")]
    public async Task A_process_of_an_earlier_version_and_one_of_this_share_a_cache_with_a_store_of_its_own(string noted, string told)
    {
        await LeaveAsync(Telling(noted));
        await _server.CliAsync("HDEL", Meta, "told");
        var before = await StatedAsync();

        var first = await _bed.StartAsync(Telling(told, noted));
        var second = await _bed.StartAsync(Telling(told, noted));
        await second.WriteAsync("k", "v");

        // All that an earlier version compares.
        Assert.Equal(before, await StatedAsync());
        await first.FlushAsync();
        Assert.Equal(((string?)null, default), (first.Problem, await second.DirtyAsync()));
    }

    [Fact]
    public async Task Two_stores_that_an_earlier_version_took_for_one_are_told_apart()
    {
        await LeaveAsync(Telling(Default));
        await _server.CliAsync("HDEL", Meta, "told");
        await _bed.StartAsync(Telling(Own, Default));

        var refused = await RefusedAsync(Telling(Other, Default));

        Assert.Contains($"belongs to the store {Own}, and this process has {Other}", refused, StringComparison.Ordinal);
        Assert.Contains("and this process has one without a name", await RefusedAsync(Telling("", Default)), StringComparison.Ordinal);
        // What the default store is has nothing to do with it.
        await _bed.StartAsync(Telling(Own, "postgres://moved/default"));
        await _bed.StartAsync(Telling(Own, ""));
    }

    [Theory]
    [InlineData(Own)]
    [InlineData("")]
    public async Task What_is_dirty_of_the_default_store_goes_into_no_store_of_the_caches_own(string told)
    {
        await LeaveAsync(Telling(Default));
        await _server.CliAsync("HSET", Meta, "seen", "0");

        var refused = await RefusedAsync(Telling(told, Default));

        Assert.Contains($"belongs to the store {Default}, ", refused, StringComparison.Ordinal);
        Assert.Contains($"{Keys.Length} of its entries are dirty", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_dirty_of_a_store_of_the_caches_own_goes_into_no_default_store_though_an_earlier_version_named_it_so()
    {
        await LeaveAsync(Telling(Default));
        await _server.CliAsync("HDEL", Meta, "told");
        await using (var bed = new TierBed(_server.Address, _bed.Cache))
        {
            var own = await bed.StartAsync(Telling(Own, Default));
            Assert.Contains("used it less than", await RefusedAsync(Telling(Default)), StringComparison.Ordinal);
            await _server.CliAsync("HSET", Meta, "seen", "0");
            Assert.Contains($"{Keys.Length} of its entries are dirty", await RefusedAsync(Telling(Default)), StringComparison.Ordinal);
            await own.FlushAsync();
            Assert.All(await own.ReadAllAsync(Keys, 0, Cancelled), static read => Assert.Equal(TierReadOutcome.Hit, read.Outcome));
        }

        await _server.CliAsync("HSET", Meta, "seen", "0");
        var taken = await _bed.StartAsync(Telling(Default));

        // Its copies were another store's.
        Assert.All(await taken.ReadAllAsync(Keys, 0, Cancelled), static read => Assert.Equal(TierReadOutcome.Miss, read.Outcome));
        await taken.WriteAsync("k", "v");
        await _bed.StartAsync(Telling(Default));
        Assert.Contains(Default, await RefusedAsync(Telling(Own, Default)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_loss_of_what_is_agreed_on_the_partitions_tell_under_which_name_it_was()
    {
        await LeaveAsync(Telling(Default));
        await _server.CliAsync("DEL", Meta);

        var own = await _bed.StartAsync(Telling(Own, Default));

        await own.FlushAsync();
        Assert.Equal(default, await own.DirtyAsync());
        Assert.Contains(Own, await RefusedAsync(Telling(Other, Default)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_told_of_one_store_says_nothing_of_another_that_an_earlier_version_put_in_force()
    {
        await using (var bed = new TierBed(_server.Address, _bed.Cache))
        {
            await bed.StartAsync(Telling(Own, Default));
        }

        await _server.CliAsync("HSET", Meta, "store", $"={Other}");

        var other = await _bed.StartAsync(Telling(Other));
        await other.WriteAsync("k", "v");
        Assert.Null(other.Problem);
    }

    [Fact]
    public async Task A_name_that_is_set_with_the_upgrade_refuses_nothing()
    {
        await LeaveAsync(Telling(Default));
        await _server.CliAsync("HDEL", Meta, "told");

        var named = await _bed.StartAsync(options =>
        {
            Telling("", Default)(options);
            options.StoreIdentity = "mine";
        });

        await named.FlushAsync();
        Assert.Contains("belongs to the store mine", await RefusedAsync(Telling("", Default)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mode_may_change_with_the_upgrade()
    {
        await using (var bed = new TierBed(_server.Address, _bed.Cache))
        {
            await bed.StartAsync(Telling(Default));
        }

        await _server.CliAsync("HDEL", Meta, "told");

        await _bed.StartAsync(options =>
        {
            Telling(Own, Default)(options);
            options.KeepsVersions = true;
        });

        Assert.Equal($"={Default}\n1", await _server.CliAsync("HMGET", Meta, "store", "versions"));
        Assert.Contains("WriteMode", await RefusedModeAsync(), StringComparison.Ordinal);

        async Task<string> RefusedModeAsync()
        {
            var every = await _bed.StartAsync(options =>
            {
                Telling(Own, Default)(options);
                options.KeepsVersions = true;
            });
            await every.WriteAsync("k", "v");
            return await RefusedAsync(Telling(Own, Default));
        }
    }

    // Enough keys for every partition to have some.
    private static string[] Keys { get; } = [.. Enumerable.Range(0, 32).Select(static i => $"k{i}")];

    private static Action<TierOptions> Telling(string told, string? earlier = null) =>
        options => (options.ToldStore, options.EarlierStore) = (told, earlier);

    /// <summary>Leaves dirty entries behind; without what it tells it is what an earlier version leaves.</summary>
    private async Task LeaveAsync(Action<TierOptions> configure)
    {
        await using var bed = new TierBed(_server.Address, _bed.Cache);
        var tier = await bed.StartAsync(configure);
        foreach (var key in Keys)
        {
            await tier.WriteAsync(key, "v");
        }
    }

    private async Task<string> RefusedAsync(Action<TierOptions> configure) =>
        (await Assert.ThrowsAsync<InvalidOperationException>(() => _bed.StartAsync(configure))).Message;

    private async Task<string[]> StatedAsync()
    {
        List<string> stated = [await _server.CliAsync("HMGET", Meta, "layout", "partitions", "versions", "store", "turn")];
        for (var i = 0; i < 4; i++)
        {
            // The terms.
            stated.Add(await _server.CliAsync("BITFIELD", _bed.Name(i, "s"), "GET", "i64", $"{StatedTerms.First * 8}"));
        }

        Assert.DoesNotContain("0", stated);
        return [.. stated];
    }
}
