using Remanso.Near;
using Xunit;

namespace Remanso.Tests.Values;

/// <summary>A key comes back as it went in, in any time zone, and equal keys are one.</summary>
public sealed class KeyCodecTests
{
    private static readonly DateTime _noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData("America/Sao_Paulo")]
    [InlineData("UTC")]
    [InlineData("Asia/Kolkata")]
    public void A_time_comes_back_as_it_went_in_in_any_time_zone(string zone)
    {
        var before = Environment.GetEnvironmentVariable("TZ");
        Environment.SetEnvironmentVariable("TZ", zone);
        TimeZoneInfo.ClearCachedData();
        try
        {
            var codec = KeyCodec.For<DateTime>();
            var back = codec.Decode(codec.Encode(_noon));

            Assert.Equal((_noon, DateTimeKind.Utc), (back, back.Kind));
            Assert.Equal("2026-03-01T12:00:00.0000000Z", codec.Encode(back));
            Assert.Equal(
                new DateTimeOffset(_noon),
                KeyCodec.For<DateTimeOffset>().Decode(KeyCodec.For<DateTimeOffset>().Encode(new DateTimeOffset(_noon)))
            );
        }
        finally
        {
            Environment.SetEnvironmentVariable("TZ", before);
            TimeZoneInfo.ClearCachedData();
        }
    }

    [Fact]
    public void Equal_keys_are_one()
    {
        var moment = new DateTimeOffset(_noon);
        AssertOne(moment, moment.ToOffset(TimeSpan.FromHours(-3)));
        AssertOne(_noon, DateTime.SpecifyKind(_noon, DateTimeKind.Unspecified));
        AssertOne(1.0m, 1.00m);
        AssertOne(0m, -0.0m);
        AssertOne(0.0, -0.0);
        AssertOne(0f, -0f);
        AssertOne((Half)0f, (Half)(-0f));
    }

    [Fact]
    public void A_number_outside_the_range_of_its_type_is_no_key()
    {
        AssertNone<sbyte>();
        AssertNone<byte>();
        AssertNone<short>();
        AssertNone<ushort>();
        AssertNone<int>();
        AssertNone<uint>();
        AssertNone<long>();
        AssertNone<ulong>();
        AssertNone<Int128>();
        AssertNone<UInt128>();
        AssertNone<decimal>();
        Assert.False(new NearKeys<int>(KeyCodec.For<int>()).TryFrom("99999999999", out _));

        static void AssertNone<TKey>()
            where TKey : notnull => Assert.Throws<FormatException>(static () => KeyCodec.For<TKey>().Decode(new string('9', 60)));
    }

    [Fact]
    public void Different_keys_are_two()
    {
        AssertTwo(1.1m, 1.10000000000000000000000001m);
        AssertTwo(_noon, _noon.AddTicks(1));
        AssertTwo(decimal.MaxValue, decimal.MaxValue - 1);
        AssertTwo(0.1, 0.1 + double.Epsilon + 1e-17);
    }

    [Fact]
    public void A_local_time_is_refused_for_it_is_another_moment_elsewhere() =>
        Assert.Throws<InvalidKeyException>(() => KeyCodec.For<DateTime>().Encode(DateTime.SpecifyKind(_noon, DateTimeKind.Local)));

    private static void AssertOne<TKey>(TKey one, TKey other)
        where TKey : notnull
    {
        Assert.True(one.Equals(other));
        var codec = KeyCodec.For<TKey>();
        Assert.Equal(codec.Encode(one), codec.Encode(other));
        Assert.Equal(one, codec.Decode(codec.Encode(other)));
    }

    private static void AssertTwo<TKey>(TKey one, TKey other)
        where TKey : notnull
    {
        var codec = KeyCodec.For<TKey>();
        Assert.Equal(one.Equals(other), codec.Encode(one) == codec.Encode(other));
        Assert.Equal(one, codec.Decode(codec.Encode(one)));
        Assert.Equal(other, codec.Decode(codec.Encode(other)));
    }
}
