using System.Text;
using Remanso.Entries;
using Remanso.Redis.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

public sealed class EntryLayoutTests
{
    [Fact]
    public void Every_field_of_an_entry_is_read_from_its_place()
    {
        var bytes = Make(type: "text/plain", tags: TagBytes.Pack(["red", "blé"], 9), value: "value");
        Assert.True(EntryLayout.IsEntry(bytes));
        var entry = EntryLayout.Read(bytes);
        Assert.Equal((1L, EntryState.Tombstone, 2L, 3L), (entry.Version, entry.State, entry.FreshUntil, entry.StaleUntil));
        Assert.Equal((4L, 5L, 8L), (entry.ExpiresAt, entry.CachedAt, entry.LoadMicros));
        Assert.Equal(("text/plain", "value"), (entry.ContentType, Encoding.UTF8.GetString(entry.Value.Span)));
        Assert.Equal(["red", "blé"], entry.Tags);
        Assert.Equal((false, true), (EntryLayout.IsInDoubt(bytes, 9), EntryLayout.IsInDoubt(bytes, 10)));
        Assert.Equal((6L, 7L), (EntryLayout.Mark(bytes), EntryLayout.Epoch(bytes)));
    }

    [Fact]
    public void The_highest_version_survives_being_a_double()
    {
        var bytes = Make("", [], "", version: VersionIssuer.Highest);
        Assert.Equal(VersionIssuer.Highest, EntryLayout.Read(bytes).Version);
    }

    [Fact]
    public void A_time_of_0_is_never() => Assert.Equal(CacheEntry.Never, EntryLayout.Read(Make("", [], "", freshUntil: 0)).FreshUntil);

    [Fact]
    public void A_dirty_entry_has_what_is_kept_beside_it_in_the_place_of_its_TTL()
    {
        var bytes = Make("", [], "value", state: EntryState.Dirty);
        Assert.Equal((2L, 3L), EntryLayout.Kept(bytes));
        Assert.Equal((2L, 3L), EntryLayout.Kept(bytes.AsSpan(0, EntryLayout.HeaderLength)));
        Assert.Equal(5, EntryLayout.ValueLength(bytes.AsSpan(0, EntryLayout.HeaderLength)));
        var entry = EntryLayout.Read(bytes);
        Assert.Equal((CacheEntry.Never, CacheEntry.Never), (entry.FreshUntil, entry.StaleUntil));
        Assert.Equal((0L, 0L), EntryLayout.Kept(Make("", [], "value")));
        Assert.Equal((0L, 0L), EntryLayout.Kept([]));
    }

    [Fact]
    public void What_is_cut_off_lengthened_or_of_another_layout_is_no_entry()
    {
        var bytes = Make("text/plain", [], "value");
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(EntryLayout.IsEntry(bytes.AsSpan(0, length)));
        }

        Assert.False(EntryLayout.IsEntry([.. bytes, 0]));
        Assert.False(EntryLayout.IsEntry([2, .. bytes[1..]]));
        Assert.Throws<InvalidDataException>(() => EntryLayout.Read("somebody else's"u8));
    }

    [Fact]
    public void What_has_half_a_tag_is_no_entry()
    {
        var tags = TagBytes.Pack(["red", "blue"], 9);
        for (var length = 1; length < tags.Length; length++)
        {
            // Cut between two tags, they are whole.
            Assert.Equal(length == tags.Length - 6, EntryLayout.IsEntry(Make("", tags[..length], "value")));
        }
    }

    [Fact]
    public void Random_bytes_are_never_read_past_their_end()
    {
        var random = new Random(42);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            if (bytes.Length > 0)
            {
                bytes[0] = EntryLayout.Version;
            }

            if (EntryLayout.IsEntry(bytes))
            {
                EntryLayout.Read(bytes);
            }
        }
    }

    private static byte[] Make(
        string type,
        byte[] tags,
        string value,
        long version = 1,
        long freshUntil = 2,
        EntryState state = EntryState.Tombstone
    )
    {
        byte[] parts = [.. Encoding.UTF8.GetBytes(type), .. tags, .. Encoding.UTF8.GetBytes(value)];
        var bytes = new byte[EntryLayout.HeaderLength + parts.Length];
        var packed = new Packed(bytes);
        packed.Add((byte)EntryLayout.Version);
        packed.Add((byte)state);
        packed.Add([0, 0]);
        foreach (var length in new[] { type.Length, tags.Length, value.Length })
        {
            packed.Add(BitConverter.GetBytes(length));
        }

        foreach (var number in new[] { version, freshUntil, 3, 4, 5, 6 })
        {
            packed.Add(number);
        }

        foreach (var number in new[] { 7, 8 })
        {
            packed.Add(BitConverter.GetBytes(number));
        }

        packed.Add(parts);
        return bytes;
    }
}
