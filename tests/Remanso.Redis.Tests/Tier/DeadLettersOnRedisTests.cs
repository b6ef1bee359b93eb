using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Servers;
using Remanso.Tiers;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>However many dead letters there are, however long their errors and however large their values: a look at them
/// asks for no longer reply than the client reads, and for no value.</summary>
public sealed class DeadLettersOnRedisTests(TierServer server) : IAsyncDisposable
{
    private const int Count = 300;
    private const int MaxReplyBytes = 256 * 1024;

    private readonly string _cache = TierServer.NewCache();
    private readonly List<RedisTierProvider> _providers = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var provider in _providers)
        {
            await provider.DisposeAsync();
        }
    }

    [Fact]
    public async Task Long_errors_come_in_replies_that_are_read()
    {
        var tier = await StartAsync(MaxReplyBytes);
        for (var i = 0; i < Count; i++)
        {
            await tier.WriteAsync($"{i}", "v");
        }

        var taken = await tier.TakeAsync(await tier.AcquireAllAsync());
        foreach (var part in taken.Chunk(20))
        {
            await tier.SettleAsync([.. part.Select(static entry => entry.DeadLettered(new string('é', 100_000)))], Cancelled);
        }

        Assert.Equal(Count, (await tier.ListDeadLettersAsync(int.MaxValue, Cancelled)).Count);
        Assert.Equal(
            taken.Take(50).Select(static entry => entry.Key),
            (await tier.ListDeadLettersAsync(50, Cancelled)).Select(static letter => letter.Key)
        );
        Assert.Equal(Count, await ReplayAllAsync(tier));
    }

    [Fact]
    public async Task Values_are_not_read()
    {
        var writer = await StartAsync(new RedisConnectionLimits().MaxReplyBytes);
        await writer.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Value = new byte[2 * MaxReplyBytes],
                ContentType = "image/png",
            }
        );
        await writer.SettleAsync(Assert.Single(await writer.TakeAsync(await writer.AcquireAllAsync())).DeadLettered("too large"));
        var tier = await StartAsync(MaxReplyBytes);

        var letter = Assert.Single(await tier.ListDeadLettersAsync(10, Cancelled));

        Assert.Equal(
            ("k", 2 * MaxReplyBytes, "image/png", "too large", false),
            (letter.Key, letter.Bytes, letter.ContentType, letter.Error, letter.IsDeleted)
        );
        Assert.Equal(1, await ReplayAllAsync(tier));
        Assert.Empty(await tier.ListDeadLettersAsync(10, Cancelled));
    }

    private static ValueTask<int> ReplayAllAsync(ICacheTier tier) =>
        DeadLetterSelection.EachAsync(tier, DeadLetterFilter.All, tier.ReplayDeadLettersAsync, Cancelled);

    private async Task<ICacheTier> StartAsync(int maxReplyBytes)
    {
        var options = PatientOptions.Of(server.Address);
        options.Limits.MaxReplyBytes = maxReplyBytes;
        var provider = new RedisTierProvider(options);
        _providers.Add(provider);
        var tier = provider.Create(_cache, new TierOptions { Partitions = 1, MaxValueBytes = 1024 });
        await tier.InitializeAsync(CancellationToken.None);
        return tier;
    }
}
