using Remanso.Entries;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Stores;

/// <summary>The history of a default store: every version once, in order.</summary>
public abstract class BackingStoreHistoryConformance : StoreConformance
{
    private const long Token = 1_000_000;

    [Fact]
    public async Task Every_version_is_in_the_history_and_the_last_one_in_the_row()
    {
        var store = await StartAsync();

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Versions("k", 1, 4)], Cancellation));

        Assert.Equal([(1, "v1"), (2, "v2"), (3, "v3"), (4, "v4")], await HistoryAsync("k"));
        var row = await LoadExistingAsync("k");
        Assert.Equal((4, "v4"), (row.Version, Text(row)));
    }

    [Fact]
    public async Task Saves_go_on_where_the_ones_before_ended()
    {
        var store = await StartAsync();
        await store.SaveAsync([Versions("a", 1, 2), Versions("b", 7, 7)], Cancellation);
        await store.SaveAsync([Versions("a", 3, 5), Versions("b", 8, 9)], Cancellation);

        Assert.Equal([1, 2, 3, 4, 5], (await HistoryAsync("a")).Select(static version => version.Version));
        Assert.Equal([7, 8, 9], (await HistoryAsync("b")).Select(static version => version.Version));
    }

    [Fact]
    public async Task What_is_saved_again_is_not_doubled()
    {
        var store = await StartAsync();
        await store.SaveAsync([Versions("k", 1, 3)], Cancellation);

        Assert.Equal([SaveOutcome.AlreadyStored], await store.SaveAsync([Versions("k", 1, 3)], Cancellation));
        Assert.Equal([SaveOutcome.Superseded(3)], await store.SaveAsync([Versions("k", 1, 2)], Cancellation));
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Versions("k", 2, 5)], Cancellation));

        Assert.Equal([1, 2, 3, 4, 5], (await HistoryAsync("k")).Select(static version => version.Version));
    }

    [Fact]
    public async Task A_version_that_is_there_is_never_changed()
    {
        var store = await StartAsync();
        await store.SaveAsync([Versions("k", 1, 2)], Cancellation);

        await store.SaveAsync(
            [Write("k", 3, "v3") with { FencingToken = Token, Earlier = [Write("k", 1, "forged"), Write("k", 2, "forged")] }],
            Cancellation
        );

        Assert.Equal([(1, "v1"), (2, "v2"), (3, "v3")], await HistoryAsync("k"));
    }

    [Fact]
    public async Task Versions_that_a_higher_row_supersedes_are_in_the_history_too()
    {
        var store = await StartAsync();
        await SaveAsync(Write("k", 9, "row"));

        Assert.Equal([SaveOutcome.Superseded(9)], await store.SaveAsync([Versions("k", 1, 2)], Cancellation));

        Assert.Equal([1, 2], (await HistoryAsync("k")).Select(static version => version.Version));
        Assert.Equal("row", Text(await LoadExistingAsync("k")));
    }

    [Fact]
    public async Task A_write_past_the_tier_is_in_the_history_where_the_guard_takes_it_and_leaves_no_trace_elsewhere()
    {
        var store = await StartAsync();

        var outcomes = await store.SaveAsync([Write("a", 5, "v5"), Write("b", 5, "v5")], Cancellation);
        Assert.All(outcomes, static outcome => Assert.Equal(SaveOutcome.Applied, outcome));
        outcomes = await store.SaveAsync([Write("a", 4, "lost"), Write("b", 6, "v6")], Cancellation);

        Assert.Equal([SaveOutcome.Superseded(5), SaveOutcome.Applied], outcomes);
        Assert.Equal([(5, "v5")], await HistoryAsync("a"));
        Assert.Equal([(5, "v5"), (6, "v6")], await HistoryAsync("b"));
    }

    [Fact]
    public async Task Deletes_are_versions_without_a_value()
    {
        var store = await StartAsync();
        await store.SaveAsync(
            [Write("k", 3, "again") with { FencingToken = Token, Earlier = [Write("k", 1, "first"), Delete("k", 2)] }],
            Cancellation
        );
        await store.SaveAsync([Delete("k", 4) with { FencingToken = Token }], Cancellation);

        Assert.Equal([(1, "first"), (2, null), (3, "again"), (4, null)], await HistoryAsync("k"));
    }

    [Fact]
    public async Task Any_key_and_value_can_be_in_the_history()
    {
        var store = await StartAsync();
        string[] keys = ["quote ' double \" backtick `", "back\\slash", "emoji \U0001F600", "$key {history} {max}"];
        await store.SaveAsync(
            Sorted(
                keys.Select(key =>
                    Write(key, 2, "'\\\0\"") with
                    {
                        FencingToken = Token,
                        Earlier = [Write(key, 1, new string('x', 20_000), "text/plain", 77)],
                    }
                )
            ),
            Cancellation
        );

        foreach (var key in keys)
        {
            Assert.Equal([(1, new string('x', 20_000)), (2, "'\\\0\"")], await HistoryAsync(key));
        }
    }

    [Fact]
    public async Task A_batch_of_many_versions_is_saved_whole()
    {
        var store = await StartAsync();
        var keys = Enumerable.Range(0, 40).Select(i => $"k{i:00}").ToArray();

        await store.SaveAsync([.. keys.Select(key => Versions(key, 1, 100))], Cancellation);

        foreach (var key in keys)
        {
            Assert.Equal(
                Enumerable.Range(1, 100).Select(i => (long)i),
                (await HistoryAsync(key)).Select(static version => version.Version)
            );
        }
    }

    [Fact]
    public async Task A_batch_that_fails_leaves_nothing_in_the_history()
    {
        var store = await StartAsync();
        await Bed.RefuseAsync("refused");

        await Assert.ThrowsAsync<StoreException>(async () =>
            await store.SaveAsync([Versions("good", 1, 2), Versions("refused", 1, 2)], Cancellation)
        );

        Assert.Empty(await HistoryAsync("good"));
        Assert.Empty(await HistoryAsync("refused"));
        Assert.Null(await LoadAsync("good"));
    }

    [Fact]
    public async Task A_purge_leaves_the_history_alone()
    {
        var store = await StartAsync();
        await store.SaveAsync([Delete("k", 2) with { FencingToken = Token, Earlier = [Write("k", 1, "v1", expiresAt: 50)] }], Cancellation);

        Assert.Equal(1, await ((IPurgeableStore)store).PurgeAsync(long.MaxValue / 2, 10, Cancellation));

        Assert.Equal([1, 2], (await HistoryAsync("k")).Select(static version => version.Version));
    }

    [Fact]
    public async Task Caches_have_histories_of_their_own_and_processes_one_together()
    {
        var store = await StartAsync();
        var other = ((IHistoryStore)Bed.AnotherProcess().Create("other")).WithHistory();
        var same = ((IHistoryStore)Bed.AnotherProcess().Create("default")).WithHistory();
        await Task.WhenAll(other.InitializeAsync(Cancellation).AsTask(), same.InitializeAsync(Cancellation).AsTask());

        await Task.WhenAll(
            new[] { store, same, other }.Select(part => RepeatAsync(async () => await part.SaveAsync([Versions("k", 1, 3)], Cancellation)))
        );

        Assert.Equal([1, 2, 3], (await HistoryAsync("k")).Select(static version => version.Version));
        Assert.Equal(3, (await Bed.ReadHistoryAsync("other", "k")).Count);
    }

    [Fact]
    public async Task The_last_versions_are_told_the_newest_first_and_large_values_by_their_size_alone()
    {
        var store = await StartAsync();
        await store.SaveAsync([Versions("k", 1, 3), Versions("quote ' {max} $key", 1, 1)], Cancellation);
        await store.SaveAsync([Delete("k", 4) with { FencingToken = Token }], Cancellation);
        await store.SaveAsync([Write("k", 5, new string('x', 11), "text/plain", 77) with { FencingToken = Token }], Cancellation);
        var reader = (IHistoryReader)store;

        var last = await reader.ReadHistoryAsync("k", max: 4, maxBytes: 10, Cancellation);

        Assert.Equal(
            [
                (5, 11, false, "text/plain", 77L),
                (4, 0, true, null, CacheEntry.Never),
                (3, 2, false, null, CacheEntry.Never),
                (2, 2, false, null, CacheEntry.Never),
            ],
            last.Select(static version => (version.Version, (int)version.Bytes, version.Deleted, version.ContentType, version.ExpiresAt))
        );
        Assert.Equal(
            [null, null, "v3", "v2"],
            last.Select(static version => version.Value is { } value ? System.Text.Encoding.UTF8.GetString(value.Span) : null)
        );
        Assert.All(last, static version => Assert.True(version.StoredAt > 0));
        Assert.Equal(11, (await reader.ReadHistoryAsync("k", 1, 11, Cancellation))[0].Value!.Value.Length);
        Assert.Single(await reader.ReadHistoryAsync("quote ' {max} $key", 10, 10, Cancellation));
        Assert.Empty(await reader.ReadHistoryAsync("none", 10, 10, Cancellation));
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await ((IHistoryReader)Store).ReadHistoryAsync("k", 1, 1, Cancellation)
        );
    }

    [Fact]
    public async Task Without_the_mode_there_is_no_history() =>
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(async () => await HistoryAsync("k"));

    private async Task<IBackingStore<string, ReadOnlyMemory<byte>>> StartAsync()
    {
        var store = ((IHistoryStore)Store).WithHistory();
        await store.InitializeAsync(Cancellation);
        return store;
    }

    private async Task<IReadOnlyList<(long Version, string? Value)>> HistoryAsync(string key) => await Bed.ReadHistoryAsync("default", key);

    /// <summary>The last of some versions, with those before it.</summary>
    private static StoreWrite<string, ReadOnlyMemory<byte>> Versions(string key, int first, int last) =>
        Write(key, last, $"v{last}") with
        {
            FencingToken = Token,
            Earlier =
            [
                .. Enumerable
                    .Range(first, last - first)
                    .Select(version => Write(key, version, $"v{version}") with { FencingToken = Token }),
            ],
        };

    /// <summary>As the flusher does: what fails for a passing reason is tried again.</summary>
    private static async Task RepeatAsync(Func<Task> call)
    {
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (StoreException exception) when (exception.IsTransient)
            {
                Cancellation.ThrowIfCancellationRequested();
            }
        }
    }
}
