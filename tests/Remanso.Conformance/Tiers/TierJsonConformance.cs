using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>What merges of JSON make of texts, byte for byte.</summary>
public abstract class TierJsonConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", "null", "null")]
    [InlineData("""{"a":"foo"}""", "\"bar\"", "\"bar\"")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public Task The_examples_of_RFC_7396(string target, string patch, string result) => PatchesAsync(target, patch, result);

    [Fact]
    public Task The_example_of_a_document_of_RFC_7396() =>
        PatchesAsync(
            """{"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},"tags":["example","sample"],"content":"This will be unchanged"}""",
            """{"title":"Hello!","phoneNumber":"+01-123-456-7890","author":{"familyName":null},"tags":["example"]}""",
            """{"title":"Hello!","author":{"givenName":"John"},"tags":["example"],"content":"This will be unchanged","phoneNumber":"+01-123-456-7890"}"""
        );

    [Theory]
    [InlineData(
        """{"n":9007199254740993,"f":1.10,"e":1E+2,"o":{},"a":[ ]}""",
        """{"x":12345678901234567890.50}""",
        """{"n":9007199254740993,"f":1.10,"e":1E+2,"o":{},"a":[ ],"x":12345678901234567890.50}"""
    )]
    [InlineData(
        " { \"a\" : [ 1 , 2 ] , \"b\" : { \"c\" : 1 } }\n",
        """ { "b" : { "d" : { "x" : [ null ] , "y" : null } } } """,
        """{"a":[ 1 , 2 ],"b":{"c":1,"d":{"x":[ null ]}}}"""
    )]
    public Task What_is_not_touched_keeps_its_bytes(string target, string patch, string result) => PatchesAsync(target, patch, result);

    [Theory]
    [InlineData("""{"a\u0062":1,"é":2}""", """{"ab":3,"\u00e9":null}""", """{"a\u0062":3}""")]
    [InlineData("""{"a/b":1,"\ud83d\ude00":1}""", """{"a\/b":2,"😀":2}""", """{"a/b":2,"\ud83d\ude00":2}""")]
    [InlineData("""{"\ud800":1,"\u0000":1}""", """{"\u0000":2}""", """{"\ud800":1,"\u0000":2}""")]
    [InlineData("""{"":1,"\"":2}""", """{"":null,"\u0022":3}""", """{"\"":3}""")]
    public Task Names_are_compared_by_what_they_mean_and_keep_their_bytes(string target, string patch, string result) =>
        PatchesAsync(target, patch, result);

    [Theory]
    [InlineData("""{"a":1,"a":2,"b":3}""", """{"b":4}""", """{"a":1,"a":2,"b":4}""")]
    [InlineData("""{"a":1,"a":2,"b":3}""", """{"a":4}""", """{"a":4,"b":3}""")]
    [InlineData("""{"a":1,"a":2,"b":3}""", """{"a":null}""", """{"b":3}""")]
    [InlineData("""{"a":0}""", """{"a":1,"b":2,"a":3}""", """{"a":3,"b":2}""")]
    [InlineData("""{}""", """{"a":1,"b":2,"a":null}""", """{"b":2}""")]
    public Task Of_names_that_are_there_twice_the_patchs_last_and_the_targets_first_count(string target, string patch, string result) =>
        PatchesAsync(target, patch, result);

    [Theory]
    [InlineData("[]", "1", 0, "[1]")]
    [InlineData(" [ ] ", "{\"a\":[]}", 0, "[{\"a\":[]}]")]
    [InlineData(" [ 1.0 , {\"a\" : 2} ] ", " \"x\" ", 0, "[1.0 , {\"a\" : 2},\"x\"]")]
    [InlineData("[1,2,3]", "4", 4, "[1,2,3,4]")]
    [InlineData("[1,2,3]", "4", 3, "[2,3,4]")]
    [InlineData("[1, [2], \"]\" ]", "4", 2, "[\"]\",4]")]
    [InlineData("[1,2,3]", "4", 1, "[4]")]
    [InlineData("[1,2,3]", "null", 1000000, "[1,2,3,null]")]
    [InlineData("[9007199254740993,1e400]", "-0.10", 0, "[9007199254740993,1e400,-0.10]")]
    public async Task An_element_goes_behind_the_last_ones_that_the_cap_leaves(string array, string element, int cap, string result)
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", array);
        var appended = await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = Merge.Append(element, cap == 0 ? null : cap) });
        Assert.Equal((TierWriteOutcome.Accepted, result), (appended.Outcome, (await tier.HitAsync("k")).Text()));
        Assert.Equal(result.Length, appended.Number);
    }

    [Fact]
    public async Task JSON_is_at_most_64_levels_deep()
    {
        var tier = await StartAsync();
        var deepest = Nested(64);
        foreach (var merge in (Merge[])[Merge.Append("1", 1), Merge.Patch("""{"b":1}""")])
        {
            await tier.WriteAsync("k", deepest);
            Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = merge })).Outcome);
            await tier.WriteAsync("k", $"[{deepest}]");
            Assert.Equal(TierWriteOutcome.NotJson, (await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = merge })).Outcome);
        }

        await tier.WriteAsync("k", deepest);
        var deep = Merge.Append(Nested(63));
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = deep })).Outcome);
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = deep })).Outcome);
    }

    [Fact]
    public async Task A_deep_patch_reaches_the_deepest_object()
    {
        var tier = await StartAsync();
        var open = string.Concat(Enumerable.Repeat("{\"a\":", 63));
        var close = new string('}', 63);
        await tier.WriteAsync("k", $"{open}{{\"b\":1,\"c\":2}}{close}");
        await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = Merge.Patch($"{open}{{\"b\":null,\"d\":3}}{close}") });
        Assert.Equal($"{open}{{\"c\":2,\"d\":3}}{close}", (await tier.HitAsync("k")).Text());
        await tier.WriteAsync("k", $"{open}{{\"b\":{{}}}}{close}");
        Assert.Equal(
            TierWriteOutcome.NotJson,
            (await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = Merge.Patch($"{open}{{\"b\":null}}{close}") })).Outcome
        );
    }

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    private async Task PatchesAsync(string target, string patch, string result)
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", target);
        var patched = await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = Merge.Patch(patch) });
        var entry = await tier.HitAsync("k");
        Assert.Equal((TierWriteOutcome.Accepted, result), (patched.Outcome, entry.Text()));
        Assert.Equal(entry.Value.Length, patched.Number);

        // Where the key is absent, the patch is applied to nothing.
        await tier.WriteAsync("k", "{}");
        await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = Merge.Patch(patch) });
        var onEmpty = (await tier.HitAsync("k")).Text();
        await tier.DeleteAsync("k");
        await tier.TryWriteAsync(new TierWrite { Key = "k", Merge = Merge.Patch(patch) });
        Assert.Equal(onEmpty, (await tier.HitAsync("k")).Text());
    }
}
