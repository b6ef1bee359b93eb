using Remanso.Near;
using Remanso.Telemetry;
using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Near;

public sealed class NearKeyTests
{
    [Fact]
    public void Integers_and_Guids_are_found_without_their_strings()
    {
        var number = Make<int>();
        var guid = Make<Guid>();
        var id = Guid.NewGuid();
        Hold(number, 42);
        Hold(guid, id);
        Assert.NotNull(number.Find(42));
        Assert.NotNull(guid.Find(id));
        Assert.Null(number.Find(43));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            number.Find(42);
            guid.Find(id);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Changed(number, "42");
        Changed(guid, id.ToString());
        Assert.Null(number.Find(42));
        Assert.Null(guid.Find(id));
    }

    [Fact]
    public void Equal_keys_with_different_strings_are_different_keys()
    {
        var near = Make(new PlainDecimals());
        Hold(near, 1.0m);

        Assert.NotNull(near.Find(1.0m));
        Assert.Null(near.Find(1.00m));
        Changed(near, "1.00");
        Assert.NotNull(near.Find(1.0m));
        Changed(near, "1.0");
        Assert.Null(near.Find(1.0m));
    }

    [Fact]
    public void A_date_is_dropped_by_the_notice_of_its_string_whatever_the_machines_zone()
    {
        var near = Make<DateTime>();
        var key = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        Hold(near, key);
        Assert.NotNull(near.Find(key));

        Changed(near, KeyCodec.For<DateTime>().Encode(key));

        Assert.Null(near.Find(key));
    }

    [Fact]
    public void A_notice_of_a_string_that_is_no_key_is_nobodys()
    {
        var near = Make<int>();
        Hold(near, 42);

        Changed(near, "no number");

        Assert.NotNull(near.Find(42));
    }

    [Fact]
    public void Nor_is_one_of_a_string_that_a_codec_can_do_nothing_with()
    {
        var near = Make(new Letters());
        Hold(near, 'a');

        Changed(near, string.Empty);

        Assert.NotNull(near.Find('a'));
    }

    private static NearCache<TKey, string> Make<TKey>(IKeyCodec<TKey>? keys = null)
        where TKey : notnull
    {
        var time = new ManualTimeProvider();
        var options = new CacheOptions();
        return new NearCache<TKey, string>(
            new MemoryTier("test", options.Tier, time),
            keys ?? KeyCodec.For<TKey>(),
            ValueCodec.For<string>(),
            options,
            time,
            new CacheCounters()
        );
    }

    private static void Hold<TKey>(NearCache<TKey, string> near, TKey key)
        where TKey : notnull =>
        near.Offer(
            near.Begin(key),
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}"),
            NearBed.Read(NearBed.Entry(7))
        );

    private static void Changed<TKey>(NearCache<TKey, string> near, string key)
        where TKey : notnull => near.OnChanged(key, 8);

    private sealed class Letters : IKeyCodec<char>
    {
        public bool IsExact => true;

        public string Encode(char key) => $"{key}";

        public char Decode(string key) => key[0];
    }

    private sealed class PlainDecimals : IKeyCodec<decimal>
    {
        public string Encode(decimal key) => key.ToString(System.Globalization.CultureInfo.InvariantCulture);

        public decimal Decode(string key) => decimal.Parse(key, System.Globalization.CultureInfo.InvariantCulture);
    }
}
