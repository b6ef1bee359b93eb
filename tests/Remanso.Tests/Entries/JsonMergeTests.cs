using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Xunit;
using JsonArray = Remanso.Entries.JsonArray;

namespace Remanso.Tests.Entries;

public sealed class JsonMergeTests
{
    [Fact]
    public void A_patched_text_means_what_RFC_7396_says() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5_000), Prop.ForAll(ArbMap.Default.ArbFor<int>(), static seed =>
            {
                var samples = new JsonSamples(seed);
                var (target, patch) = (samples.Document(unique: true), samples.Patch(unique: true));
                var patched = JsonPatch.Parse(Bytes(patch)).Apply(Bytes(target));
                return JsonNode.DeepEquals(MergePatch(JsonNode.Parse(target), JsonNode.Parse(patch)), JsonNode.Parse(patched.Span));
            }));

    [Fact]
    public void A_patch_that_was_applied_changes_nothing_the_second_time() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5_000), Prop.ForAll(ArbMap.Default.ArbFor<int>(), static seed =>
            {
                var samples = new JsonSamples(seed);
                var patch = JsonPatch.Parse(Bytes(samples.Patch()));
                var once = patch.Apply(Bytes(samples.Document()));
                return patch.Apply(once.Span).Span.SequenceEqual(once.Span);
            }));

    [Theory]
    [InlineData("""{"a":1,"a":2}""", """{"a":3}""", """{"a":3}""")]
    [InlineData("""{"a":1,"b":2,"\u0061":{"c":1}}""", """{"a":{"d":1}}""", """{"a":{"d":1},"b":2}""")]
    [InlineData("""{"a":1,"a":2}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":1}""", """{"a":2,"a":3}""", """{"a":3}""")]
    public void Of_a_name_that_is_there_twice_one_is_left(string target, string patch, string patched) =>
        Assert.Equal(patched, Encoding.UTF8.GetString(JsonPatch.Parse(Bytes(patch)).Apply(Bytes(target)).Span));

    [Fact]
    public void An_array_has_its_last_elements_and_the_new_one() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5_000), Prop.ForAll(ArbMap.Default.ArbFor<int>(), static seed =>
            {
                var samples = new JsonSamples(seed);
                var (array, cap) = (samples.Array(), samples.Next(6));
                using var before = JsonDocument.Parse(array);
                using var after = JsonDocument.Parse(JsonArray.Append(Bytes(array), "\"new\""u8, cap));
                var raw = before.RootElement.EnumerateArray().Select(static element => element.GetRawText()).Append("\"new\"").ToArray();
                return after
                    .RootElement.EnumerateArray()
                    .Select(static element => element.GetRawText())
                    .SequenceEqual(cap == 0 ? raw : raw.TakeLast(cap));
            }));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("{}}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":01}")]
    [InlineData("1 2")]
    [InlineData("// comment\n1")]
    [InlineData("NaN")]
    [InlineData("'a'")]
    public void What_is_no_JSON_is_refused_at_the_edge(string json)
    {
        Assert.Throws<InvalidMergeException>(() => Merge.Patch(json));
        Assert.Throws<InvalidMergeException>(() => Merge.Append(json));
    }

    [Fact]
    public void What_is_no_text_or_too_deep_is_refused_at_the_edge()
    {
        Assert.Throws<InvalidMergeException>(() => Merge.Patch(new byte[] { (byte)'"', 0xff, (byte)'"' }));
        Assert.Throws<InvalidMergeException>(() => Merge.Patch("""{"a":{"\ud800":1}}"""));
        Assert.Throws<InvalidMergeException>(() => Merge.Patch(new string('[', 65) + new string(']', 65)));
        Assert.Throws<InvalidMergeException>(() => Merge.Append(new string('[', 64) + new string(']', 64)));
        Assert.Throws<ArgumentNullException>(() => Merge.Patch((string)null!));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(Merge.MaxCap + 1)]
    public void A_cap_is_within_its_range(int cap) => Assert.Throws<ArgumentOutOfRangeException>(() => Merge.Append("1", cap));

    [Fact]
    public void A_merge_keeps_the_text_of_its_JSON_without_the_space_around_it_and_no_memory_of_the_callers()
    {
        var bytes = Bytes(" { \"a\" : 1 }\n");
        var (patch, append) = (Merge.Patch(bytes), Merge.Append(bytes, 3));
        Array.Fill(bytes, (byte)'x');
        Assert.Equal("{ \"a\" : 1 }", Encoding.UTF8.GetString(patch.Json.Span));
        Assert.Equal(("{ \"a\" : 1 }", 3), (Encoding.UTF8.GetString(append.Json.Span), append.Cap));
    }

    // The pseudocode of the RFC, section 2.
    private static JsonNode? MergePatch(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject members)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject known ? (JsonObject)known.DeepClone() : [];
        foreach (var (name, value) in members)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = MergePatch(result[name], value);
            }
        }

        return result;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
