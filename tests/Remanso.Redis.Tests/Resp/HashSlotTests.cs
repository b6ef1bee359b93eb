using Xunit;

namespace Remanso.Redis.Tests.Resp;

public sealed class HashSlotTests
{
    [Theory]
    [InlineData("123456789", 12739)] // The check value of the specification: 0x31C3.
    [InlineData("foo", 12182)]
    [InlineData("", 0)]
    [InlineData("{foo}bar", 12182)]
    [InlineData("x{foo}{bar}", 12182)]
    public void A_key_has_the_slot_of_the_specification(string key, int slot) => Assert.Equal(slot, HashSlot.Of(key));

    [Theory]
    [InlineData("foo{}bar")]
    [InlineData("foo{bar")]
    [InlineData("foo}bar{")]
    public void Without_a_tag_the_whole_key_counts(string key) => Assert.NotEqual(HashSlot.Of("bar"), HashSlot.Of(key));

    [Fact]
    public void Text_bytes_and_numbers_of_the_same_spelling_have_the_same_slot()
    {
        Assert.Equal(HashSlot.Of("42"), HashSlot.Of(42));
        Assert.Equal(HashSlot.Of("ação"), HashSlot.Of("ação"u8.ToArray()));
    }
}
