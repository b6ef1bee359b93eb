using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

/// <summary>Tags from the caller's side: where they come from, and what a removal does to reads, loads and writes.</summary>
[Collection(ManualClockTests.Name)]
public sealed class TagTests
{
    private static readonly WriteOptions _red = new() { Tags = ["red"] };

    [Fact]
    public async Task A_removed_tag_makes_the_next_read_load()
    {
        var store = new ScriptedStore();
        store.Put("k", "old", 1);
        await using var harness = await StartAsync(store, static (_, _) => ["red"]);
        await harness.Cache.GetAsync("k");
        store.Put("k", "new", 2);
        Assert.Equal("old", (await harness.Cache.GetAsync("k")).Value);

        await harness.Cache.RemoveByTagAsync("red");

        Assert.Equal("new", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_load_that_began_before_the_removal_is_done_again()
    {
        var store = new ScriptedStore();
        store.Put("k", "old", 1);
        var gate = new Gate();
        store.OnLoad = (_, token) => gate.PassAsync(token);
        await using var harness = await StartAsync(store, static (_, _) => ["red"]);
        var read = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();

        store.Put("k", "new", 2);
        await harness.Cache.RemoveByTagAsync(["red", "blue"]);
        gate.Open();

        Assert.Equal("new", (await read).Value);
        Assert.Equal(2, store.Loads.Count);
    }

    [Fact]
    public async Task The_tags_of_a_load_are_computed_from_key_and_value()
    {
        var store = new ScriptedStore();
        store.Put("user:1", "team 7", 1);
        await using var harness = await StartAsync(store, static (key, value) => [key.Split(':')[0], value, value]);

        var read = await harness.Cache.GetAsync("user:1");

        Assert.Equal(["user", "team 7"], read.Entry!.Tags);
    }

    [Fact]
    public async Task A_known_absent_key_has_no_tags()
    {
        await using var harness = await StartAsync(new ScriptedStore(), static (_, _) =>
            throw new InvalidOperationException("Not for absent keys.")
        );
        Assert.Null((await harness.Cache.GetAsync("k")).Entry!.Tags);
    }

    [Fact]
    public async Task A_loader_of_the_callers_own_gets_computed_tags()
    {
        await using var harness = await StartAsync(new ScriptedStore(), static (_, value) => [value]);
        var read = await harness.Cache.GetOrLoadAsync("k", static (_, _) => ValueTask.FromResult<string?>("red"));
        Assert.Equal(["red"], read.Entry!.Tags);
    }

    [Theory]
    [InlineData(null, "computed")]
    [InlineData("", null)]
    [InlineData("given", "given")]
    public async Task A_write_has_the_tags_that_it_gives_and_computed_ones_otherwise(string? given, string? expected)
    {
        await using var harness = await StartAsync(new ScriptedStore(), static (_, _) => ["computed"]);
        var options = new WriteOptions
        {
            Tags =
                given is null ? null
                : given.Length == 0 ? []
                : [given],
        };

        await harness.Cache.SetAsync("one", "v", options);
        await harness.Cache.SetManyAsync([new("many", "v")], options);

        foreach (var key in new[] { "one", "many" })
        {
            Assert.Equal(expected, (await harness.Cache.GetAsync(key)).Entry!.Tags?.Single());
        }
    }

    [Fact]
    public async Task A_list_that_its_writer_changes_afterwards_changes_nothing()
    {
        await using var harness = await CacheHarness.StartAsync();
        var tags = new List<string> { "red" };
        await harness.Cache.SetAsync("k", "v", new WriteOptions { Tags = tags });
        tags[0] = "blue";
        Assert.Equal(["red"], (await harness.Cache.GetAsync("k")).Entry!.Tags);
    }

    [Fact]
    public async Task A_dirty_entry_is_read_until_it_is_stored_and_loaded_then()
    {
        await using var harness = await CacheHarness.StartAsync();
        await harness.Cache.SetAsync("k", "v", _red);
        await harness.Cache.RemoveByTagAsync("red");
        Assert.True((await harness.Cache.GetAsync("k")).Entry!.IsDirty);

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(ReadSource.Store, (await harness.Cache.GetAsync("k")).Source);
    }

    [Fact]
    public async Task Without_a_store_written_entries_are_removed()
    {
        await using var harness = await CacheHarness.StartAsync(declare: static cache => cache.WithoutStore = true);
        await harness.Cache.SetAsync("tagged", "v", _red);
        await harness.Cache.SetAsync("plain", "v");
        await harness.Cache.RemoveByTagAsync("red");
        Assert.False((await harness.Cache.GetAsync("tagged")).Found);
        Assert.True((await harness.Cache.GetAsync("plain")).Found);
    }

    [Fact]
    public async Task An_adopted_row_gets_computed_tags()
    {
        var store = new ScriptedStore();
        await using var harness = await StartAsync(store, static (_, value) => [value]);
        await harness.Cache.SetAsync("k", "ours");
        store.Put("k", "theirs", 1L << 52);
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal(["theirs"], (await harness.Cache.GetAsync("k")).Entry!.Tags);
    }

    [Fact]
    public async Task A_row_whose_tags_can_not_be_told_neither_stops_the_flush_nor_is_served()
    {
        var store = new ScriptedStore();
        await using var harness = await StartAsync(store, static (_, value) => value == "theirs" ? ["bad\ntag"] : null);
        await harness.Cache.SetAsync("k", "ours");
        store.Put("k", "theirs", 1L << 52);
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Dirty.Entries);
        await Assert.ThrowsAsync<InvalidTagException>(async () => await harness.Cache.GetAsync("k"));
    }

    [Fact]
    public async Task A_condition_on_a_removed_entry_is_checked_on_the_row()
    {
        await using var harness = await CacheHarness.StartAsync();
        var first = await harness.Cache.SetAsync("k", "v", _red);
        await harness.Cache.Operations.FlushAsync();
        await harness.Cache.RemoveByTagAsync("red");
        await harness.Cache.SetAsync("k", "w", _red with { Condition = WriteCondition.IsVersion(first.Version) });
        Assert.Equal("w", (await harness.Cache.GetAsync("k")).Value);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a\nb", "'a�b' has the control character U+000A")]
    public async Task What_is_no_tag_is_refused_everywhere(string tag, string message)
    {
        await using var harness = await CacheHarness.StartAsync();
        var options = new WriteOptions { Tags = ["ok", tag] };
        var errors = new[]
        {
            await Record.ExceptionAsync(async () => await harness.Cache.SetAsync("k", "v", options)),
            await Record.ExceptionAsync(async () => await harness.Cache.RemoveByTagAsync(tag)),
            await Record.ExceptionAsync(async () => await harness.Cache.RemoveByTagAsync(["ok", tag])),
            (await harness.Cache.SetManyAsync([new("k", "v")], options))[0].Error,
        };
        Assert.All(errors, error => Assert.Contains(message, Assert.IsType<InvalidTagException>(error).Message, StringComparison.Ordinal));
        Assert.False((await harness.Cache.GetAsync("k")).Found);
    }

    [Theory]
    [InlineData(16, 17)]
    [InlineData(2, 3)]
    [InlineData(0, 1)]
    public async Task More_tags_than_the_limit_are_refused(int limit, int count)
    {
        await using var harness = await CacheHarness.StartAsync(options => options.MaxTags = limit);
        string[] tags = [.. Enumerable.Range(0, count).Select(static n => $"tag:{n}")];
        await Assert.ThrowsAsync<InvalidTagException>(async () => await harness.Cache.SetAsync("k", "v", new WriteOptions { Tags = tags }));
        await harness.Cache.SetAsync("k", "v", new WriteOptions { Tags = tags[..^1] });
        await harness.Cache.RemoveByTagAsync(tags);
    }

    [Fact]
    public void A_tag_is_Unicode()
    {
        // Not as an attribute's argument: those are kept as UTF-8, which has no lone surrogates.
        var error = Assert.Throws<InvalidTagException>(static () => CacheTag.Validate("a\ud800"));
        Assert.Equal("The tag 'a\ufffd' is not valid Unicode: it has a lone surrogate.", error.Message);
    }

    [Fact]
    public void A_tag_may_have_256_bytes()
    {
        CacheTag.Validate(new string('é', 128));
        var error = Assert.Throws<InvalidTagException>(static () => CacheTag.Validate(new string('é', 128) + "x"));
        Assert.Equal($"The tag '{new string('é', 40)}…' has 257 bytes of UTF-8; the limit is 256.", error.Message);
    }

    [Fact]
    public async Task Removed_tags_are_counted()
    {
        await using var harness = await CacheHarness.StartAsync();
        await harness.Cache.RemoveByTagAsync("red");
        await harness.Cache.RemoveByTagAsync(["red", "blue", "red"]);
        await harness.Cache.RemoveByTagAsync([]);
        Assert.Equal(3, (await harness.Cache.Operations.GetStatisticsAsync()).TagsRemoved);
    }

    private static Task<CacheHarness> StartAsync(ScriptedStore store, Func<string, string, IReadOnlyList<string>?> tags) =>
        CacheHarness.StartAsync(store: store, declare: cache => cache.Tags = tags);
}
