using System.Globalization;
using System.Text;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Tests.Endpoints;

/// <summary>How the entries of a batch are grouped.</summary>
public sealed class KeyedValueTests
{
    [Fact]
    public void Entries_that_differ_in_their_last_tag_alone_are_found_by_their_hash()
    {
        var entries = Enumerable.Range(0, 1000).Select(static n => Entry("a", n.ToString(CultureInfo.InvariantCulture))).ToArray();

        Assert.True(entries.Select(KeyedValue.LikeWritten.GetHashCode!).Distinct().Count() > 990);
        Assert.Equal(1000, entries.Distinct(KeyedValue.LikeWritten).Count());
        Assert.Single(new[] { Entry("a", "b"), Entry("a", "b") }.Distinct(KeyedValue.LikeWritten));
    }

    [Fact]
    public void An_entry_without_tags_is_hashed_without_an_allocation()
    {
        var entry = JsonBody.Parse("""{"key":"k","value":1}"""u8.ToArray(), KeyedValue.Parse);
        var hash = KeyedValue.LikeWritten.GetHashCode(entry);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var again = KeyedValue.LikeWritten.GetHashCode(entry);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(hash, again);
    }

    private static KeyedValue Entry(params string[] tags) =>
        JsonBody.Parse(Encoding.UTF8.GetBytes($$"""{"key":"k","value":1,"tags":["{{string.Join("\",\"", tags)}}"]}"""), KeyedValue.Parse);
}
