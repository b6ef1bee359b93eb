using Remanso.Entries;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Stores;

/// <summary>A store of the application's own that breaks its promise: nothing is lost for it, and the error says what it did.</summary>
[Collection(ManualClockTests.Name)]
public sealed class WrongAnswerTests
{
    private readonly AnsweringStore _store = new();
    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, "0 outcomes for a batch of 2")]
    [InlineData(1, "1 outcomes for a batch of 2")]
    [InlineData(3, "3 outcomes for a batch of 2")]
    [InlineData(null, "null for a batch of 2")]
    public async Task Outcomes_of_another_number_than_the_writes_are_told(int? outcomes, string expected)
    {
        _store.OnSave = _ => outcomes is { } count ? [.. Enumerable.Repeat(SaveOutcome.Applied, count)] : null!;

        var error = await Assert.ThrowsAsync<StoreException>(async () => await Typed().SaveAsync([Write("a"), Write("b")], _token));

        Assert.False(error.IsTransient);
        Assert.Equal($"The store answered {expected}; each write has its outcome, at its index.", error.Message);
    }

    [Fact]
    public async Task A_write_whose_outcome_is_missing_becomes_a_dead_letter_with_that_reason()
    {
        _store.OnSave = static _ => [];
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "v");

        var letter = await FlushToDeadLetterAsync(harness);

        Assert.Equal("The store answered 0 outcomes for a batch of 1; each write has its outcome, at its index.", letter.Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_write_is_not_lost_to_a_version_that_is_no_higher(long offset)
    {
        _store.OnSave = batch => [.. batch.Select(write => SaveOutcome.Superseded(offset == 0 ? 0 : write.Version + offset))];
        await using var harness = await StartAsync();
        var receipt = await harness.Cache.SetAsync("k", "v");

        var letter = await FlushToDeadLetterAsync(harness);

        Assert.Equal(receipt.Version, letter.Version);
        Assert.Contains(
            $"for a write of version {receipt.Version}; what supersedes a write has a higher version",
            letter.Error,
            StringComparison.Ordinal
        );
        Assert.Equal("v", (await harness.Cache.GetAsync("k")).Value);
        Assert.Equal(0, harness.Counters.Flush.Superseded);
    }

    [Fact]
    public async Task A_write_that_is_superseded_by_its_own_version_is_stored()
    {
        _store.OnSave = static batch => [.. batch.Select(static write => SaveOutcome.Superseded(write.Version))];
        await using var harness = await StartAsync();
        var written = harness.Cache.SetAsync("k", "v", new WriteOptions { Durability = Durability.Stored }).AsTask();

        await harness.AdvanceUntilAsync(() => written.IsCompleted, "the write to be stored");

        Assert.Equal(Durability.Stored, (await written).Durability);
        Assert.Equal("v", (await harness.Cache.GetAsync("k", ReadFrom.Tier)).Value);
        Assert.Equal((0, 1), (harness.Counters.Flush.Superseded, harness.Counters.Flush.AlreadyStored));
    }

    [Fact]
    public async Task A_write_that_is_superseded_by_a_higher_version_gives_way_to_the_row()
    {
        _store.OnSave = static batch => [.. batch.Select(static write => SaveOutcome.Superseded(write.Version + 7))];
        _store.OnLoad = static keys => [.. keys.Select(static key => Row(key, "theirs", long.MaxValue >> 11))];
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "v");

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal("theirs", (await harness.Cache.GetAsync("k")).Value);
        Assert.Equal(1, harness.Counters.Flush.Superseded);
    }

    [Fact]
    public async Task A_load_that_is_answered_with_null_or_with_a_row_without_a_key_is_told()
    {
        await using var harness = await StartAsync();
        _store.OnLoad = static _ => null!;
        var nothing = await Assert.ThrowsAsync<StoreException>(async () => await harness.Cache.GetAsync("k"));
        _store.OnLoad = static _ => [default];
        var keyless = await Assert.ThrowsAsync<StoreException>(async () => await harness.Cache.GetAsync("l"));

        Assert.Equal("The store answered null for a load; where no key has a row, the answer is an empty list.", nothing.Message);
        Assert.Equal("The store answered a row without a key for a load.", keyless.Message);
        Assert.False(nothing.IsTransient || keyless.IsTransient);
    }

    private static async Task<DeadLetter> FlushToDeadLetterAsync(CacheHarness harness)
    {
        // It is alone: after three refusals it is a dead letter.
        for (var i = 0; i < 3; i++)
        {
            await harness.Cache.Operations.FlushAsync();
        }

        return Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync());
    }

    private Task<CacheHarness> StartAsync() => CacheHarness.StartAsync(declare: cache => cache.Store = _ => _store);

    private TypedStore<string, string> Typed() => new(_store, KeyCodec.For<string>(), ValueCodec.For<string>());

    private static StoreRow<string, string> Row(string key, string value, long version) =>
        new()
        {
            Key = key,
            Value = value,
            Version = version,
            ExpiresAt = CacheEntry.Never,
        };

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key) =>
        new()
        {
            Key = key,
            Value = "v"u8.ToArray(),
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };

    private sealed class AnsweringStore : IBackingStore<string, string>
    {
        public Func<IReadOnlyList<StoreWrite<string, string>>, IReadOnlyList<SaveOutcome>> OnSave { get; set; } =
            static batch => new SaveOutcome[batch.Count];

        public Func<IReadOnlyList<string>, IReadOnlyList<StoreRow<string, string>>> OnLoad { get; set; } = static _ => [];

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IReadOnlyList<StoreRow<string, string>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        ) => new(OnLoad(keys));

        public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, string>> batch,
            CancellationToken cancellationToken
        ) => new(OnSave(batch));
    }
}
