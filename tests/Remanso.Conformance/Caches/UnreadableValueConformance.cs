using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>What can't be decoded is a miss where the copy is clean, and an error of that key alone where it is dirty.
/// A tier's tests have one subclass.</summary>
public abstract class UnreadableValueConformance : CacheSuite
{
    private readonly AgingCodec _codec = new();

    [Fact]
    public async Task A_clean_copy_of_an_older_shape_is_loaded_again_by_every_kind_of_read()
    {
        var cache = await StartAsync();
        foreach (var key in (string[])["get", "many", "update", "load", "context"])
        {
            Store.Put(key, "old", 1);
            Assert.True((await cache.GetAsync(key, Cancellation)).Found);
            Store.Put(key, "new", 2);
        }

        _codec.Ages();

        Assert.False((await cache.GetAsync("get", ReadFrom.Tier, Cancellation)).Found);
        Assert.Equal(("new", 2L), await cache.GetAsync("get", Cancellation) is var read ? (read.Value, read.Version) : default);
        Assert.Equal("new", (await cache.GetManyAsync(["many", "get"], Cancellation))["many"].Value);
        Assert.Equal("new!", (await cache.UpdateAsync("update", static value => value + "!", cancellationToken: Cancellation)).Value);
        Assert.Equal(
            "loaded",
            (await cache.GetOrLoadAsync("load", static (_, _) => ValueTask.FromResult<string?>("loaded"), Cancellation)).Value
        );
        Assert.Equal(
            "none",
            (
                await cache.GetOrLoadAsync(
                    "context",
                    static (context, _) => ValueTask.FromResult<string?>(context.Previous?.Value ?? "none"),
                    null,
                    Cancellation
                )
            ).Value
        );
    }

    [Fact]
    public async Task Behind_a_near_cache_a_copy_of_an_older_shape_is_loaded_again_too()
    {
        var cache = await StartAsync(static cache => cache.Options.Near.Enabled = true);
        Store.Put("k", "old", 1);
        Assert.Equal(
            "old",
            (
                await cache.GetOrLoadAsync(
                    "k",
                    static (_, _) => ValueTask.FromResult<string?>("old"),
                    new ReadOptions { Skips = ReadSkip.NearWrite },
                    Cancellation
                )
            ).Value
        );
        _codec.Ages();

        Assert.Equal("new", (await cache.GetOrLoadAsync("k", static (_, _) => ValueTask.FromResult<string?>("new"), Cancellation)).Value);
        Assert.Equal(("new", ReadSource.Near), await cache.GetAsync("k", Cancellation) is var read ? (read.Value, read.Source) : default);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_that_stays_unreadable_is_the_error_of_its_key_alone(bool hasTags)
    {
        var cache = await StartAsync(cache => cache.Tags = hasTags ? static (_, value) => [value] : null);
        _codec.Ages();
        Store.Put("bad", "old", 7);
        Store.Put("good", "new", 1);

        var error = await Assert.ThrowsAsync<UnreadableValueException>(async () => await cache.GetAsync("bad", Cancellation));
        var many = await cache.GetManyAsync(["bad", "good"], Cancellation);

        Assert.Equal(("bad", 7L), (error.Key, error.Version));
        Assert.Equal("new", many["good"].Value);
        Assert.IsType<UnreadableValueException>(many["bad"].Error);
        Assert.Throws<UnreadableValueException>(() => many["bad"].Found);
        Assert.Contains("Failed", many["bad"].ToString(), StringComparison.Ordinal);
        Assert.Equal(2, Store.Loads.Count(static keys => keys.Contains("bad")));
        Store.Put("bad", "mended", 8);
        Assert.Equal("mended", (await cache.GetAsync("bad", Cancellation)).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_that_stays_unreadable_is_written_on_the_condition_of_its_version(bool hasTags)
    {
        var cache = await StartAsync(cache => cache.Tags = hasTags ? static (_, value) => [value] : null);
        _codec.Ages();
        Store.Put("bad", "old", 7);

        var written = await cache.SetAsync(
            "bad",
            "new",
            new WriteOptions { Condition = WriteCondition.IsVersion(7), Durability = Durability.Stored },
            Cancellation
        );

        Assert.True(written.Version > 7);
        Assert.Equal("new", Store.Text("bad"));
    }

    [Fact]
    public async Task A_dirty_value_that_cannot_be_decoded_is_the_error_of_its_key_alone_and_ends_with_the_next_write()
    {
        Store.BeforeSave = static _ => throw new TimeoutException("not now");
        var cache = await StartAsync();
        await cache.SetAsync("bad", "old", cancellationToken: Cancellation);
        await cache.SetAsync("good", "fine", cancellationToken: Cancellation);
        _codec.Ages();

        await Assert.ThrowsAsync<UnreadableValueException>(async () => await cache.GetAsync("bad", Cancellation));
        await Assert.ThrowsAsync<UnreadableValueException>(async () => await cache.GetAsync("bad", ReadFrom.Tier, Cancellation));
        await Assert.ThrowsAsync<UnreadableValueException>(async () =>
            await cache.GetOrLoadAsync("bad", static (_, _) => ValueTask.FromResult<string?>("other"), Cancellation)
        );
        var many = await cache.GetManyAsync(["bad", "good"], Cancellation);
        Assert.Equal("fine", many["good"].Value);
        Assert.IsType<UnreadableValueException>(many["bad"].Error);

        await cache.SetAsync("bad", "new", cancellationToken: Cancellation);
        Assert.Equal("new", (await cache.GetAsync("bad", Cancellation)).Value);
        Store.BeforeSave = static _ => Task.CompletedTask;
    }

    [Fact]
    public async Task Without_a_store_a_copy_of_an_older_shape_is_absent_and_loaded_by_who_has_a_loader()
    {
        var cache = await StartAsync(static cache => cache.WithoutStore = true);
        await cache.SetAsync("k", "old", cancellationToken: Cancellation);
        _codec.Ages();

        Assert.False((await cache.GetAsync("k", Cancellation)).Found);
        Assert.Equal("new", (await cache.GetOrLoadAsync("k", static (_, _) => ValueTask.FromResult<string?>("new"), Cancellation)).Value);
        Assert.Equal("new", (await cache.GetAsync("k", Cancellation)).Value);
    }

    private Task<ICache<string, string>> StartAsync(Action<CacheConfiguration<string, string>>? declare = null) =>
        StartAsync<string, string>(cache =>
        {
            cache.ValueCodec = _codec;
            declare?.Invoke(cache);
        });
}
