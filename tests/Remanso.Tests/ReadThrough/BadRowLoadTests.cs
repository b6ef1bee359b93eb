using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

/// <summary>One row that can't be read fails its own key.</summary>
[Collection(ManualClockTests.Name)]
public sealed class BadRowLoadTests
{
    [Fact]
    public async Task Of_ten_keys_of_one_query_the_nine_good_ones_are_read()
    {
        await using var harness = await StartAsync();
        var reads = await ReadAsync(harness, 10, static keys => keys.Contains("k5") ? throw Refusal("state is bogus") : Task.CompletedTask);
        for (var i = 0; i < 10; i++)
        {
            if (i == 5)
            {
                var exception = await Assert.ThrowsAsync<StoreException>(() => reads[5]);
                Assert.Contains("bogus", exception.Message, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal($"v{i}", (await reads[i]).Value);
            }
        }

        Assert.Equal(10, harness.Store.Loads.ElementAt(1).Count);
    }

    [Fact]
    public async Task Of_ten_keys_that_are_read_together_the_bad_one_alone_has_an_error()
    {
        await using var harness = await StartAsync();
        harness.Store.OnLoad = static (keys, _) => keys.Contains("k5") ? throw Refusal("state is bogus") : Task.CompletedTask;

        var reads = await harness.Cache.GetManyAsync([.. Enumerable.Range(0, 10).Select(static i => $"k{i}")]);

        Assert.Equal(["k5"], reads.Where(static read => read.Value.Error is not null).Select(static read => read.Key));
        Assert.Contains("bogus", Assert.IsType<StoreException>(reads["k5"].Error).Message, StringComparison.Ordinal);
        Assert.Throws<StoreException>(() => reads["k5"].Found);
        Assert.Equal(9, reads.Count(static read => read.Key != "k5" && read.Value.Value == $"v{read.Key[1..]}"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a", "b")]
    public async Task A_row_whose_key_is_spelled_otherwise_is_an_error_of_its_key_alone_or_in_company(params string[] keys)
    {
        await using var harness = await StartAsync();
        harness.Store.Put("b", "good", 1);
        harness.Store.IgnoresCase = true;
        harness.Store.Put("A", "another's", 1);

        var reads = keys.Select(key => harness.Cache.GetAsync(key).AsTask()).ToArray();
        var many = await harness.Cache.GetManyAsync([.. keys, "c"]);

        await Assert.ThrowsAsync<StoreException>(() => reads[0]);
        Assert.IsType<StoreException>(many["a"].Error);
        Assert.All(keys[1..], key => Assert.Equal("good", many[key].Value));
        Assert.False(many["c"].Found);
    }

    [Fact]
    public async Task What_is_cached_is_read_beside_what_can_not_be_loaded()
    {
        await using var harness = await StartAsync();
        await harness.Cache.GetAsync("k1");
        harness.Store.OnLoad = static (_, _) => throw new StoreException("down", isTransient: true);

        var reads = await harness.Cache.GetManyAsync(["k1", "k2"]);

        Assert.Equal("v1", reads["k1"].Value);
        Assert.IsType<StoreException>(reads["k2"].Error);
        await Assert.ThrowsAsync<StoreException>(async () => await harness.Cache.GetManyAsync(["k2", "k3"]));
    }

    [Fact]
    public async Task What_a_store_of_the_application_throws_at_one_row_is_the_error_of_its_key_alone()
    {
        await using var harness = await StartAsync();
        harness.Store.OnLoad = static (keys, _) => keys.Contains("k5") ? throw new FormatException("not a colour") : Task.CompletedTask;

        var reads = await harness.Cache.GetManyAsync([.. Enumerable.Range(0, 10).Select(static i => $"k{i}")]);

        Assert.Equal(["k5"], reads.Where(static read => read.Value.Error is not null).Select(static read => read.Key));
        Assert.IsType<FormatException>(reads["k5"].Error);
        await harness.Cache.InvalidateAsync([.. reads.Keys]);
        Assert.Equal(new PreloadProgress(10, 9, 9, 1), await harness.Cache.PreloadAsync(reads.Keys));
    }

    [Fact]
    public async Task A_loader_of_a_caller_is_asked_once_though_it_fails()
    {
        await using var harness = await StartAsync();
        var calls = 0;

        await Assert.ThrowsAsync<StoreException>(() =>
            harness
                .Cache.GetOrLoadManyAsync(["a", "b", "c"], (_, _) =>
                {
                    calls++;
                    throw Refusal("not now");
                })
                .AsTask()
        );

        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_preload_counts_the_row_that_can_not_be_read_and_goes_on()
    {
        await using var harness = await StartAsync();
        harness.Store.OnLoad = static (keys, _) => keys.Contains("k5") ? throw Refusal("state is bogus") : Task.CompletedTask;

        Assert.Equal(
            new PreloadProgress(10, 9, 9, 1),
            await harness.Cache.PreloadAsync(Enumerable.Range(0, 10).Select(static i => $"k{i}"))
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_preload_goes_on_past_a_batch_of_nothing_but_rows_that_can_not_be_read(int batchSize)
    {
        await using var harness = await StartAsync();
        harness.Store.OnLoad = static (keys, _) =>
            keys.Any(static key => key is "k0" or "k1" or "k2" or "k9") ? throw Refusal("state is bogus") : Task.CompletedTask;

        Assert.Equal(
            new PreloadProgress(10, 6, 6, 4),
            await harness.Cache.PreloadAsync(Enumerable.Range(0, 10).Select(static i => $"k{i}"), batchSize: batchSize)
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task A_preload_from_a_store_that_refuses_every_row_ends_soon(int batchSize)
    {
        await using var harness = await StartAsync();
        harness.Store.OnLoad = static (_, _) => throw Refusal("no such table");

        await Assert.ThrowsAsync<StoreException>(() =>
            harness.Cache.PreloadAsync(Enumerable.Range(0, 10_000).Select(static i => $"k{i}"), batchSize: batchSize).AsTask()
        );

        Assert.InRange(harness.Store.Loads.Count, 1, 200);
    }

    [Fact]
    public async Task A_query_that_is_refused_whatever_it_asks_for_is_not_repeated_for_every_key()
    {
        await using var harness = await StartAsync();
        var reads = await ReadAsync(harness, 500, static _ => throw Refusal("no such type"));
        foreach (var read in reads)
        {
            await Assert.ThrowsAsync<StoreException>(() => read);
        }

        Assert.InRange(harness.Store.Loads.Count, 1, 200);
    }

    private static async Task<CacheHarness> StartAsync()
    {
        var harness = await CacheHarness.StartAsync(static options => options.Load.MaxConcurrent = 1);
        for (var i = 0; i < 10; i++)
        {
            harness.Store.Put($"k{i}", $"v{i}", 1);
        }

        return harness;
    }

    /// <summary>Reads so many keys while another query is under way, so that they leave as one.</summary>
    private static async Task<Task<ReadResult<string>>[]> ReadAsync(
        CacheHarness harness,
        int count,
        Func<IReadOnlyList<string>, Task> onLoad
    )
    {
        var gate = new Gate();
        harness.Store.OnLoad = (_, cancellationToken) => gate.PassAsync(cancellationToken);
        var first = harness.Cache.GetAsync("first").AsTask();
        await gate.ArrivedAsync();
        var reads = Enumerable.Range(0, count).Select(i => harness.Cache.GetAsync($"k{i}").AsTask()).ToArray();
        harness.Store.OnLoad = (keys, _) => onLoad(keys);
        gate.Open();
        await first;
        return reads;
    }

    private static StoreException Refusal(string error) => new(error, isTransient: false);
}
