using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers;

/// <summary>Alone in the process while it runs: it measures the whole heap.</summary>
[CollectionDefinition(nameof(MemoryTierFootprint), DisableParallelization = true)]
[Collection(nameof(MemoryTierFootprint))]
public sealed class MemoryTierFootprint
{
    [Theory]
    [InlineData(10, 20)]
    [InlineData(40, 500)]
    public async Task The_byte_bound_is_honest(int keyLength, int valueLength)
    {
        const int Keys = 40_000;
        var tier = new MemoryTier("test", new TierOptions { MaxBytes = 1 << 30 }, TimeProvider.System);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Keys; i++)
        {
            await tier.WriteAsync(
                new TierWrite
                {
                    Key = $"{i}".PadLeft(keyLength),
                    Value = new byte[valueLength],
                    CleanTtl = TimeSpan.FromHours(1),
                },
                CancellationToken.None
            );
        }

        var used = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange((double)tier.Bytes / used, 0.9, 1.25);
        GC.KeepAlive(tier);
    }
}
