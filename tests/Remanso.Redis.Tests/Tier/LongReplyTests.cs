using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Servers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>No take asks for a longer reply than the client reads, whatever the entries have beside their values.</summary>
public sealed class LongReplyTests(TierServer server) : IAsyncLifetime
{
    private const int Count = 1500;

    private RedisTierProvider _provider = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        var options = PatientOptions.Of(server.Address);
        options.Limits.MaxReplyBytes = 256 * 1024;
        _provider = new RedisTierProvider(options);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Entries_with_many_tags_and_long_keys_are_taken(bool keepsVersions)
    {
        var tier = await StartAsync(keepsVersions);
        // 4 KiB of tags each, and keys of which all together are longer than a reply.
        string[] tags = [.. Enumerable.Range(0, 16).Select(static i => $"{i:00}{new string('t', 254)}")];
        foreach (var part in Enumerable.Range(0, Count).Chunk(100))
        {
            await tier.WriteAllAsync([.. part.Select(i => Write($"{i:0000}{new string('k', 1000)}", tags))], Cancelled);
        }

        await AssertTakenAsync(tier, Count);
    }

    [Fact]
    public async Task Many_versions_of_one_key_are_taken()
    {
        var tier = await StartAsync(keepsVersions: true);
        string[] tags = [.. Enumerable.Range(0, 16).Select(static i => $"{i:00}{new string('t', 254)}")];
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(Write("k", tags))).Outcome);
        }

        await AssertTakenAsync(tier, 200);
    }

    private static TierWrite Write(string key, string[] tags) => TierBed.Write(key, "v") with { Tags = tags };

    private static async Task AssertTakenAsync(ICacheTier tier, int versions)
    {
        var leases = await tier.AcquireAllAsync();
        var seen = 0;
        while (seen < versions)
        {
            var taken = await tier.TakeAsync(leases, versions);
            Assert.NotEmpty(taken);
            seen += taken.Sum(static entry => entry.Versions);
            Assert.Equal(seen < versions, taken.HasMore);
            await tier.SettleAsync([.. taken.Select(static entry => entry.Stored())], Cancelled);
        }

        Assert.Equal(0, (await tier.DirtyAsync()).Entries);
    }

    private async Task<ICacheTier> StartAsync(bool keepsVersions)
    {
        var tier = _provider.Create(
            TierServer.NewCache(),
            new TierOptions
            {
                Partitions = 1,
                MaxValueBytes = 1024,
                KeepsVersions = keepsVersions,
            }
        );
        await tier.InitializeAsync(CancellationToken.None);
        return tier;
    }
}
