using Remanso.Entries;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Stores;

/// <summary>Keys, values and times come back as they went in, and the schema can be made again: for every default store.</summary>
public abstract class BackingStoreDataConformance : StoreConformance
{
    private const int Megabyte = 1 << 20;

    public static TheoryData<string> UnusualKeys =>
        [
            "user:42",
            "a/b?c=d&e#f",
            "emoji \U0001F600 \U0001F1E7\U0001F1F7",
            "quote ' double \" backtick `",
            "back\\slash \\n \\u0041",
            "100% _wild_",
            "$key :key @key {table} ; --",
            "['array'] {\"json\": null}",
            "null",
            "0042",
            "4.20e3",
            "\u65e5\u672c\u8a9e \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
            "\uffff\ufffe",
            " ",
        ];

    [Theory]
    [MemberData(nameof(UnusualKeys))]
    public async Task Any_key_comes_back_as_it_went_in(string key)
    {
        await SaveAsync(Write(key, 1, "one"));
        Assert.Equal([SaveOutcome.Superseded(1)], await SaveAsync(Write(key, 0, "zero")));

        Assert.Equal("one", Text(await LoadExistingAsync(key)));
    }

    [Fact]
    public async Task Keys_that_look_alike_are_different_keys()
    {
        string[] keys =
        [
            "key",
            "KEY",
            "Key",
            "key ",
            " key",
            "key  ",
            "caf\u00e9",
            "cafe\u0301",
            "ss",
            "\u00df",
            "\u212b",
            "\u00c5",
            "1",
            "01",
            "1.0",
        ];

        await SaveAsync(keys.Select((key, i) => Write(key, i + 1, key)));

        var rows = await Store.LoadAsync(keys, Cancellation);
        Assert.Equal(keys.Order(StringComparer.Ordinal), rows.Select(row => row.Key).Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Equal(row.Key, Text(row)));
    }

    [Theory]
    [InlineData("x", 1024)]
    [InlineData("\u00e9", 512)]
    [InlineData("\U0001F600", 256)]
    public async Task Keys_of_1024_bytes_fit(string unit, int times)
    {
        var key = string.Concat(Enumerable.Repeat(unit, times));

        await SaveAsync(Write(key, 1));
        await SaveAsync(Write(key, 2, "two"));

        Assert.Equal("two", Text(await LoadExistingAsync(key)));
    }

    [Fact]
    public async Task An_empty_value_is_not_a_tombstone()
    {
        await SaveAsync(Write("k", 1, string.Empty));

        var row = await LoadExistingAsync("k");
        Assert.False(row.Deleted);
        Assert.True(row.Value.IsEmpty);
    }

    [Fact]
    public async Task A_value_of_one_mebibyte_comes_back_byte_by_byte()
    {
        var value = new byte[Megabyte];
        new Random(7).NextBytes(value);

        await SaveAsync(Write("k", 1, value));

        Assert.True((await LoadExistingAsync("k")).Value.Span.SequenceEqual(value));
    }

    [Fact]
    public async Task A_batch_of_many_large_values_is_saved_and_loaded()
    {
        var value = new byte[Megabyte];
        new Random(8).NextBytes(value);
        var keys = Enumerable.Range(0, 48).Select(i => $"large:{i:D2}").ToArray();

        Assert.All(await SaveAsync(keys.Select(key => Write(key, 1, value))), outcome => Assert.Equal(SaveOutcome.Applied, outcome));

        var rows = await Store.LoadAsync(keys, Cancellation);
        Assert.Equal(keys.Length, rows.Count);
        Assert.All(rows, row => Assert.True(row.Value.Span.SequenceEqual(value)));
    }

    [Fact]
    public async Task A_value_may_be_a_slice_of_a_larger_buffer()
    {
        byte[] buffer = [9, 9, 1, 2, 3, 9];

        await SaveAsync(Write("k", 1) with { Value = buffer.AsMemory(2, 3) });

        Assert.Equal([1, 2, 3], (await LoadExistingAsync("k")).Value.ToArray());
    }

    [Fact]
    public async Task Content_type_and_end_of_lifetime_come_back()
    {
        const long End = 1_900_000_000_123_456;
        await SaveAsync(Write("with", 1, "v", "application/json; charset=utf-8", End), Write("without", 1));

        var with = await LoadExistingAsync("with");
        Assert.Equal("application/json; charset=utf-8", with.ContentType);
        Assert.Equal(End, with.ExpiresAt);

        var without = await LoadExistingAsync("without");
        Assert.Null(without.ContentType);
        Assert.Equal(CacheEntry.Never, without.ExpiresAt);
    }

    [Fact]
    public async Task A_missing_key_has_no_row()
    {
        await SaveAsync(Write("there", 1));

        Assert.Null(await LoadAsync("missing"));
        Assert.Equal("there", Assert.Single(await Store.LoadAsync(["missing", "there", "gone"], Cancellation)).Key);
    }

    [Fact]
    public async Task A_deleted_key_is_loaded_as_a_tombstone()
    {
        await SaveAsync(Write("a", 1), Delete("b", 2));

        var rows = await Store.LoadAsync(["a", "b"], Cancellation);

        Assert.Equal([("a", 1, false), ("b", 2L, true)], rows.Select(row => (row.Key, row.Version, row.Deleted)).Order());
    }

    [Fact]
    public async Task A_key_asked_for_twice_is_found()
    {
        await SaveAsync(Write("a", 1), Write("b", 1));

        var rows = await Store.LoadAsync(["a", "b", "a", "a"], Cancellation);

        Assert.Equal(["a", "b"], rows.Select(row => row.Key).Distinct().Order());
    }

    [Fact]
    public async Task Nothing_to_load_and_nothing_to_save_is_no_error()
    {
        Assert.Empty(await Store.LoadAsync([], Cancellation));
        Assert.Empty(await Store.SaveAsync([], Cancellation));
    }

    [Fact]
    public async Task Two_caches_do_not_see_each_other()
    {
        var other = Bed.Provider.Create("other");
        await SaveAsync(Write("k", 5, "mine"));

        Assert.Empty(await other.LoadAsync(["k"], Cancellation));
        Assert.Equal([SaveOutcome.Applied], await other.SaveAsync([Write("k", 4, "theirs")], Cancellation));

        Assert.Equal("mine", Text(await LoadExistingAsync("k")));
    }

    [Fact]
    public async Task A_batch_of_ten_thousand_keys_is_saved_and_loaded()
    {
        var keys = Enumerable.Range(0, 10_000).Select(i => $"key:{i:D5}").ToArray();
        await SaveAsync(keys.Where((_, i) => i % 10 == 0).Select(key => Write(key, 3)));

        var outcomes = await SaveAsync(keys.Select(key => Write(key, 2, key)));

        Assert.Equal(1_000, outcomes.Count(outcome => outcome == SaveOutcome.Superseded(3)));
        Assert.Equal(9_000, outcomes.Count(outcome => outcome == SaveOutcome.Applied));
        Assert.Equal(keys, (await Store.LoadAsync(keys, Cancellation)).Select(row => row.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Initialising_again_keeps_the_rows()
    {
        await SaveAsync(Write("k", 1, "kept"));

        await Store.InitializeAsync(Cancellation);
        await Bed.AnotherProcess().Create("default").InitializeAsync(Cancellation);

        Assert.Equal("kept", Text(await LoadExistingAsync("k")));
    }

    [Fact]
    public async Task Many_processes_may_initialise_an_empty_database_at_once()
    {
        await using var empty = await CreateBedAsync();

        await Task.WhenAll(
            Enumerable.Range(0, 8).Select(async i => await empty.AnotherProcess().Create($"cache{i}").InitializeAsync(Cancellation))
        );

        Assert.Empty(await empty.Provider.Create("cache0").LoadAsync(["k"], Cancellation));
    }

    [Fact]
    public async Task A_cancelled_call_says_so_and_changes_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.SaveAsync([Write("k", 1)], cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.LoadAsync(["k"], cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.InitializeAsync(cancelled.Token));

        Assert.Null(await LoadAsync("k"));
    }

    [Fact]
    public async Task A_save_cancelled_on_its_way_takes_effect_as_a_whole_or_not_at_all()
    {
        var keys = Enumerable.Range(0, 2_000).Select(i => $"key:{i:D5}").ToArray();
        for (var version = 1; version <= 5; version++)
        {
            using var source = new CancellationTokenSource();
            var save = Store.SaveAsync(Sorted(keys.Select(key => Write(key, version))), source.Token).AsTask();
            await source.CancelAsync();
            await save.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

            var rows = await Store.LoadAsync(keys, Cancellation);
            Assert.True(rows.Count == 0 || rows.Count == keys.Length, $"{rows.Count} of {keys.Length} rows are there.");
            Assert.True(rows.Select(row => row.Version).Distinct().Count() <= 1, "A part of the batch is newer than the rest.");
        }
    }
}
