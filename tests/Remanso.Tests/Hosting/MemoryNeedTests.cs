using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Hosting;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Hosting;

/// <summary>Whether caches that may take too much of the process's memory are told of.</summary>
public sealed class MemoryNeedTests
{
    private const long Tebibyte = 1L << 40;

    [Theory]
    [InlineData(512, true)]
    [InlineData(511, false)]
    public void Caches_may_take_half_of_what_the_process_has(long availableMib, bool fits) =>
        Assert.Equal(fits, MemoryNeed.Fits(256 << 20, availableMib << 20));

    [Fact]
    public async Task A_start_warns_where_all_caches_together_may_take_more()
    {
        Assert.Empty(await WarningsAsync(static _ => { }));
        var warning = Assert.Single(await WarningsAsync(static options => options.Tier.MaxBytes = Tebibyte));
        Assert.Contains($"may grow to {2 * (Tebibyte >> 20)} MiB", warning, StringComparison.Ordinal);
        Assert.Single(await WarningsAsync(static options => (options.Near.Enabled, options.Near.MaxBytes) = (true, Tebibyte)));
    }

    [Fact]
    public async Task What_a_shared_tier_holds_is_not_in_this_process()
    {
        Assert.Empty(await WarningsAsync(static options => options.Tier.MaxBytes = Tebibyte, isShared: true));
    }

    private static async Task<IReadOnlyList<string>> WarningsAsync(Action<CacheOptions> configure, bool isShared = false)
    {
        var log = new RecordingLog();
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(log);
        var builder = services.AddRemanso();
        if (isShared)
        {
            builder.UseTier(static _ => new DecoratedTiers(new MemoryTierProvider(TimeProvider.System), static tier => new FaultyTier(tier)
            {
                IsLocal = false,
            }));
        }

        foreach (var name in (string[])["one", "two"])
        {
            builder.AddCache<string, string>(name, cache =>
            {
                cache.WithoutStore = true;
                configure(cache.Options);
            });
        }

        await using var provider = services.BuildServiceProvider();
        _ = provider.GetRequiredService<ICacheRegistry>();
        return [.. log.Lines.Where(static line => line.Contains("want of memory", StringComparison.Ordinal))];
    }
}
