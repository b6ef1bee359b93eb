using Remanso.Conformance.Faces;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>Writes into a cache without a store, and the times that a write gives its value.</summary>
public abstract class AsideWriteConformance(FaceHarness harness) : AsideSuite(harness)
{
    [Fact]
    public async Task What_was_removed_is_loaded_by_the_next_read()
    {
        var cache = await StartAsync();
        await cache.SetAsync("k", "old", cancellationToken: Cancelled);

        var removed = await cache.RemoveAsync("k", cancellationToken: Cancelled);
        var read = await LoadAsync(cache, "k", "loaded");

        Assert.True(removed.Version > 0);
        Assert.Equal((true, "loaded"), (read.Found, read.Value));
        Assert.True(read.Version > removed.Version);
    }

    [Fact]
    public async Task What_was_never_there_is_removed_and_loaded()
    {
        var cache = await StartAsync();

        await cache.RemoveAsync("k", cancellationToken: Cancelled);

        Assert.Equal("loaded", (await LoadAsync(cache, "k", "loaded")).Value);
    }

    [Fact]
    public async Task A_removal_has_its_condition_and_its_one_effect()
    {
        var cache = await StartAsync();
        var written = await cache.SetAsync("k", "old", cancellationToken: Cancelled);
        var once = new WriteOptions { Condition = WriteCondition.IsVersion(written.Version), IdempotencyKey = "once" };

        await Assert.ThrowsAsync<VersionConflictException>(() =>
            cache.RemoveAsync("k", new WriteOptions { Condition = WriteCondition.IsVersion(written.Version + 1) }, Cancelled).AsTask()
        );
        var removed = await cache.RemoveAsync("k", once, Cancelled);
        await cache.SetAsync("k", "new", cancellationToken: Cancelled);
        var again = await cache.RemoveAsync("k", once, Cancelled);

        Assert.Equal(removed.Version, again.Version);
        Assert.Equal("new", (await cache.GetAsync("k", Cancelled)).Value);
    }

    [Fact]
    public async Task A_load_that_began_before_a_removal_does_not_fill()
    {
        var cache = await StartAsync();
        var gate = new Gate();
        var runs = 0;
        var load = cache
            .GetOrLoadAsync(
                "k",
                async (_, token) =>
                {
                    var run = Interlocked.Increment(ref runs);
                    await gate.PassAsync(token);
                    return $"load {run}";
                },
                Cancelled
            )
            .AsTask();
        await gate.ArrivedAsync();

        await cache.RemoveAsync("k", cancellationToken: Cancelled);
        gate.Open();
        await load;

        Assert.NotEqual("load 1", (await LoadAsync(cache, "k", "later")).Value);
    }

    [Fact]
    public async Task A_written_value_is_served_within_its_grace_period_where_the_load_fails()
    {
        var cache = await StartAsync();
        await cache.SetAsync("k", "written", cancellationToken: Cancelled);
        await OutlastAsync();

        var read = await FailAsync(cache, "k");

        Assert.Equal(("written", true), (read.Value, read.Stale));
        Assert.Equal("loaded", (await LoadAsync(cache, "k", "loaded")).Value);
    }

    [Fact]
    public async Task A_removed_value_is_not_served_where_the_load_fails()
    {
        var cache = await StartAsync();
        await cache.SetAsync("k", "written", cancellationToken: Cancelled);

        await cache.RemoveAsync("k", cancellationToken: Cancelled);

        await Assert.ThrowsAsync<InvalidDataException>(() => FailAsync(cache, "k").AsTask());
    }

    [Fact]
    public async Task A_write_has_a_ttl_and_a_grace_period_of_its_own()
    {
        var cache = await StartAsync(static cache => cache.Options.Ttl.Base = TimeSpan.FromHours(1));
        await cache.SetAsync("short", "1", new WriteOptions { Ttl = Brief }, Cancelled);
        await cache.SetAsync("bare", "2", new WriteOptions { Ttl = Brief, Grace = TimeSpan.Zero }, Cancelled);
        await cache.SetAsync("long", "3", cancellationToken: Cancelled);
        await OutlastAsync();

        Assert.Equal(("1", true), await ValueAsync("short"));
        Assert.Equal(("3", false), await ValueAsync("long"));
        await Assert.ThrowsAsync<InvalidDataException>(() => FailAsync(cache, "bare").AsTask());

        async Task<(string?, bool)> ValueAsync(string key)
        {
            var read = await FailAsync(cache, key);
            return (read.Value, read.Stale);
        }
    }

    [Fact]
    public async Task A_write_of_a_cache_with_a_store_keeps_its_ttl_and_grace_period_for_when_it_is_stored()
    {
        var store = new ScriptedStore();
        // Stored when the test asks for that: its time begins then.
        var cache = await StartAsync(store, static cache => cache.Options.Flush.Interval = TimeSpan.FromHours(1));
        await cache.SetAsync("k", "written", new WriteOptions { Ttl = Brief, Grace = TimeSpan.FromDays(40) }, Cancelled);
        await cache.SetAsync("usual", "written", cancellationToken: Cancelled);
        await OutlastAsync();
        Assert.Equal("written", (await cache.GetAsync("k", Cancelled)).Value);
        Assert.Empty(store.Loads);

        await cache.Operations.FlushAsync(Cancelled);
        await OutlastAsync();
        store.OnLoad = static (_, _) => Task.FromException(new InvalidDataException("The store is away."));
        var read = await cache.GetAsync("k", Cancelled);

        Assert.Equal(("written", true), (read.Value, read.Stale));
        Assert.False((await cache.GetAsync("usual", Cancelled)).Stale);
        Assert.Equal(["k"], store.Loads.SelectMany(static keys => keys));
    }

    [Fact]
    public async Task A_lifetime_ends_the_data_and_leaves_nothing_to_be_served()
    {
        var cache = await StartAsync();
        await cache.SetAsync("k", "written", new WriteOptions { Lifetime = Brief }, Cancelled);
        await OutlastAsync();

        await Assert.ThrowsAsync<InvalidDataException>(() => FailAsync(cache, "k").AsTask());
    }

    [Fact]
    public async Task Times_out_of_range_are_refused_by_name()
    {
        var cache = await StartAsync();

        Assert.Contains("WriteOptions.Ttl", await RefusedAsync(new() { Ttl = TimeSpan.Zero }), StringComparison.Ordinal);
        Assert.Contains("WriteOptions.Grace", await RefusedAsync(new() { Grace = TimeSpan.FromTicks(-1) }), StringComparison.Ordinal);
        Assert.Contains("WriteOptions.Lifetime", await RefusedAsync(new() { Lifetime = TimeSpan.FromTicks(1) }), StringComparison.Ordinal);

        async Task<string> RefusedAsync(WriteOptions options) =>
            (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await cache.SetAsync("k", "v", options, Cancelled))).Message;
    }

    [Fact]
    public async Task An_expired_copy_is_loaded_again_and_served_where_that_fails()
    {
        var cache = await StartAsync(static cache => cache.Options.Ttl.Base = TimeSpan.FromHours(1));
        await cache.SetAsync("k", "old", cancellationToken: Cancelled);
        await cache.SetAsync("other", "old", cancellationToken: Cancelled);

        await cache.ExpireAsync("k", Cancelled);

        Assert.Equal(("old", true), ((await FailAsync(cache, "k")).Value, (await FailAsync(cache, "k")).Stale));
        Assert.False((await FailAsync(cache, "other")).Stale);
        Assert.Equal(("new", false), ((await LoadAsync(cache, "k", "new")).Value, (await FailAsync(cache, "k")).Stale));
    }

    [Fact]
    public async Task What_has_no_grace_period_or_is_known_absent_is_dropped_by_an_expiry_and_what_is_dirty_stays()
    {
        var cache = await StartAsync(static cache => cache.Options.Ttl = new() { Base = TimeSpan.FromHours(1), Grace = TimeSpan.Zero });
        await cache.SetAsync("bare", "old", cancellationToken: Cancelled);
        await LoadAsync(cache, "absent", null);

        await cache.ExpireAsync(["bare", "absent", "never there"], Cancelled);

        await Assert.ThrowsAsync<InvalidDataException>(() => FailAsync(cache, "bare").AsTask());
        Assert.Equal("new", (await LoadAsync(cache, "absent", "new")).Value);
    }

    [Fact]
    public async Task An_expiry_voids_the_loads_under_way_and_leaves_what_is_dirty()
    {
        var store = new ScriptedStore();
        var cache = await StartAsync(store);
        await cache.SetAsync("dirty", "mine", cancellationToken: Cancelled);
        store.Put("k", "old", 1);
        var gate = new Gate();
        store.OnLoad = (_, token) => gate.PassAsync(token);
        var load = cache.GetAsync("k", Cancelled).AsTask();
        await gate.ArrivedAsync();

        store.Put("k", "new", 2);
        await cache.ExpireAsync(["k", "dirty"], Cancelled);
        store.OnLoad = static (_, _) => Task.CompletedTask;
        gate.Open();
        await load;

        Assert.Equal("new", (await cache.GetAsync("k", Cancelled)).Value);
        Assert.Equal("mine", (await cache.GetAsync("dirty", Cancelled)).Value);
    }

    [Fact]
    public async Task The_short_forms_of_other_caches_do_what_they_say()
    {
        var cache = await StartAsync(static cache => cache.Options.Ttl.Base = TimeSpan.FromHours(1));

        Assert.Equal("found k", (await cache.GetOrLoadAsync("k", FindAsync, Cancelled)).Value);
        Assert.Equal(
            "found l",
            (await cache.GetOrLoadAsync("l", (key, token) => FindAsync(key, token), new ReadOptions(), Cancelled)).Value
        );
        await cache.InvalidateAsync("k", Cancelled);
        Assert.Equal("again", (await LoadAsync(cache, "k", "again")).Value);
        await cache.SetAsync("short", "1", Brief, Cancelled);
        await OutlastAsync();
        Assert.True((await FailAsync(cache, "short")).Stale);

        static Task<string> FindAsync(string key, CancellationToken cancellationToken) => Task.FromResult("found " + key);
    }

    [Fact]
    public async Task A_patch_of_an_object_is_written_by_the_json_options_of_the_cache()
    {
        var json = new System.Text.Json.JsonSerializerOptions { PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower };
        var process = await Harness.StartAsync(builder => builder.AddCache<string, Faces.Customer>(Harness.CacheName, cache =>
            {
                cache.WithoutStore = true;
                cache.ValueCodec = ValueCodec.For<Faces.Customer>(json);
            }));
        var cache = process.Get<ICache<string, Faces.Customer>>();
        await cache.PatchAsync("k", new { FirstName = "Ann" }, cancellationToken: Cancelled);
        await cache.PatchAsync("k", "{\"extra\":1}", cancellationToken: Cancelled);

        var bytes = (await cache.GetAsync("k", Cancelled)).Entry!.Value;

        Assert.Equal("{\"first_name\":\"Ann\",\"extra\":1}", System.Text.Encoding.UTF8.GetString(bytes.Span));
    }
}
