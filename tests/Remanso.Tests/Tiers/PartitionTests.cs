using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers;

/// <summary>Where a key lies is the same for every version and every language.</summary>
public sealed class PartitionTests
{
    // RFC 3720, appendix B.4, and the usual check value.
    [Theory]
    [InlineData("123456789", 0xE3069283)]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 0x8A9136AA)]
    [InlineData("", 0)]
    public void It_is_the_CRC_32C_of_the_key(string key, uint crc)
    {
        Assert.Equal((int)(crc % 64), Partition.Of(key, 64));
        Assert.Equal((int)(crc % 4096), Partition.Of(key, 4096));
        Assert.Equal((int)(crc % 1000), Partition.Of(key, 1000));
    }
}
