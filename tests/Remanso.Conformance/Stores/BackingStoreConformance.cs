using System.Transactions;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Stores;

/// <summary>The guard, its outcomes, and all or nothing: what keeps writes from being lost or undone, for every backing store.</summary>
public abstract class BackingStoreConformance : StoreConformance
{
    private const int ModelKeys = 12;

    [Fact]
    public async Task A_new_key_is_applied()
    {
        Assert.Equal([SaveOutcome.Applied], await SaveAsync(Write("k", 5, "five")));

        var row = await LoadExistingAsync("k");
        Assert.Equal("five", Text(row));
        Assert.Equal(5, row.Version);
        Assert.False(row.Deleted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_saved_inside_a_transaction_of_the_callers_stays_when_that_is_rolled_back(bool isCompleted)
    {
        AskAsCachesDo();
        using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            Assert.Equal([SaveOutcome.Applied], await SaveAsync(Write("k", 5, "five")));
            if (isCompleted)
            {
                scope.Complete();
            }

            Assert.Equal("five", Text(await LoadExistingAsync("k")));
            Assert.Equal([SaveOutcome.Applied], await SaveAsync(Write("k", 6, "six")));
        }

        Assert.Equal("six", Text(await LoadExistingAsync("k")));
    }

    [Fact]
    public async Task A_newer_version_replaces_the_row()
    {
        await SaveAsync(Write("k", 5, "five", "text/plain", expiresAt: 50));

        Assert.Equal([SaveOutcome.Applied], await SaveAsync(Write("k", 6, "six", "text/html", expiresAt: 60)));

        var row = await LoadExistingAsync("k");
        Assert.Equal("six", Text(row));
        Assert.Equal(6, row.Version);
        Assert.Equal("text/html", row.ContentType);
        Assert.Equal(60, row.ExpiresAt);
    }

    [Fact]
    public async Task An_older_version_leaves_the_row_alone_and_learns_the_stored_version()
    {
        await SaveAsync(Write("k", 5, "five", "text/plain", expiresAt: 50));

        Assert.Equal([SaveOutcome.Superseded(5)], await SaveAsync(Write("k", 4, "four", "text/html", expiresAt: 40)));

        var row = await LoadExistingAsync("k");
        Assert.Equal("five", Text(row));
        Assert.Equal(5, row.Version);
        Assert.Equal("text/plain", row.ContentType);
        Assert.Equal(50, row.ExpiresAt);
    }

    [Fact]
    public async Task The_same_version_again_is_already_stored_and_changes_nothing()
    {
        await SaveAsync(Write("k", 5, "five"));

        Assert.Equal([SaveOutcome.AlreadyStored], await SaveAsync(Write("k", 5, "another five")));

        Assert.Equal("five", Text(await LoadExistingAsync("k")));
    }

    [Fact]
    public async Task Each_key_of_a_batch_has_its_own_outcome()
    {
        await SaveAsync(Write("b", 10), Write("c", 10), Write("d", 10));

        var outcomes = await SaveAsync(Write("a", 10), Write("b", 9), Write("c", 10), Write("d", 11), Delete("e", 1));

        Assert.Equal(
            [SaveOutcome.Applied, SaveOutcome.Superseded(10), SaveOutcome.AlreadyStored, SaveOutcome.Applied, SaveOutcome.Applied],
            outcomes
        );
    }

    [Fact]
    public async Task A_tombstone_keeps_its_version_and_drops_the_value()
    {
        await SaveAsync(Write("k", 5, "five"));

        Assert.Equal([SaveOutcome.Applied], await SaveAsync(Delete("k", 6)));

        var row = await LoadExistingAsync("k");
        Assert.True(row.Deleted);
        Assert.Equal(6, row.Version);
        Assert.True(row.Value.IsEmpty);
    }

    [Fact]
    public async Task The_delete_of_a_key_without_a_row_leaves_one_where_the_store_says_so()
    {
        await SaveAsync(Delete("k", 5));

        Assert.Equal(Store.KeepsDeletes ? 5 : null, (await LoadAsync("k"))?.Version);
    }

    [Fact]
    public async Task A_tombstone_drops_even_a_value_of_its_own()
    {
        await SaveAsync(Write("k", 5, "five") with { Deleted = true });

        var row = await LoadExistingAsync("k");
        Assert.True(row.Deleted);
        Assert.True(row.Value.IsEmpty);
    }

    [Fact]
    public async Task A_late_lower_write_does_not_resurrect_a_deleted_key()
    {
        await SaveAsync(Delete("k", 6));

        Assert.Equal([SaveOutcome.Superseded(6)], await SaveAsync(Write("k", 5, "five")));
        Assert.Equal([SaveOutcome.AlreadyStored], await SaveAsync(Write("k", 6, "six")));

        Assert.True((await LoadExistingAsync("k")).Deleted);
    }

    [Fact]
    public async Task A_newer_write_revives_a_deleted_key()
    {
        await SaveAsync(Delete("k", 6));

        await SaveAsync(Write("k", 7, "seven"));

        var row = await LoadExistingAsync("k");
        Assert.False(row.Deleted);
        Assert.Equal("seven", Text(row));
    }

    [Fact]
    public async Task A_late_lower_delete_does_not_remove_a_newer_value()
    {
        await SaveAsync(Write("k", 6, "six"));

        Assert.Equal([SaveOutcome.Superseded(6)], await SaveAsync(Delete("k", 5)));

        Assert.Equal("six", Text(await LoadExistingAsync("k")));
    }

    [Fact]
    public async Task Versions_up_to_two_to_the_power_of_53_are_exact()
    {
        var highest = Entries.VersionIssuer.Highest;
        await SaveAsync(Write("k", highest - 1));

        Assert.Equal([SaveOutcome.Applied], await SaveAsync(Write("k", highest)));
        Assert.Equal([SaveOutcome.Superseded(highest)], await SaveAsync(Write("k", highest - 1)));
        Assert.Equal(highest, (await LoadExistingAsync("k")).Version);
    }

    [Fact]
    public async Task Concurrent_savers_of_the_same_keys_leave_the_highest_versions()
    {
        const int Savers = 8;
        var keys = Enumerable.Range(0, 50).Select(i => $"key:{i:D3}").ToArray();

        // Saver s brings key i at version ((i + s) mod Savers) + 1: each saver is ahead in some keys and behind in others.
        await Task.WhenAll(
            Enumerable
                .Range(0, Savers)
                .Select(async s =>
                {
                    var store = Bed.AnotherProcess().Create("default");
                    var batch = Sorted(keys.Select((key, i) => Write(key, ((i + s) % Savers) + 1, $"from {s}")));
                    await SaveUntilTakenAsync(store, batch);
                })
        );

        var rows = await Store.LoadAsync(keys, Cancellation);
        Assert.Equal(keys.Length, rows.Count);
        Assert.All(rows, row =>
        {
            var i = Array.IndexOf(keys, row.Key);
            Assert.Equal(Savers, row.Version);
            Assert.Equal($"from {(Savers - 1 - i + (Savers * keys.Length)) % Savers}", Text(row));
        });
    }

    [Fact]
    public async Task Of_many_concurrent_savers_of_one_version_exactly_one_applies()
    {
        var stores = Enumerable.Range(0, 6).Select(_ => Bed.AnotherProcess().Create("default")).ToArray();

        var outcomes = await Task.WhenAll(stores.Select(store => SaveUntilTakenAsync(store, [Write("k", 7)])));

        Assert.Single(outcomes, outcome => outcome[0].Kind == SaveOutcomeKind.Applied);
        Assert.Equal(outcomes.Length - 1, outcomes.Count(outcome => outcome[0].Kind == SaveOutcomeKind.AlreadyStored));
    }

    [Fact]
    public async Task A_batch_with_one_refused_row_changes_nothing()
    {
        await SaveAsync(Write("a", 1, "old"));
        await Bed.RefuseAsync("m");

        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
            await SaveAsync(Write("a", 2, "new"), Write("b", 2), Write("m", 2), Write("z", 2))
        );

        Assert.False(exception.IsTransient);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.Equal("old", Text(await LoadExistingAsync("a")));
        Assert.Empty(await Store.LoadAsync(["b", "m", "z"], Cancellation));
    }

    [Fact]
    public async Task After_a_refused_batch_the_others_can_be_saved()
    {
        await Bed.RefuseAsync("m");
        await Assert.ThrowsAsync<StoreException>(async () => await SaveAsync(Write("a", 1), Write("m", 1)));

        Assert.Equal([SaveOutcome.Applied, SaveOutcome.Applied], await SaveAsync(Write("a", 1), Write("z", 1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20_260_101)]
    [InlineData(987_654_321)]
    public async Task After_any_sequence_of_saves_the_highest_version_of_each_key_wins(int seed)
    {
        var random = new Random(seed);
        var model = new Dictionary<string, (long Version, bool Deleted, string Value)>();
        for (var step = 0; step < 60; step++)
        {
            var keys = Enumerable.Range(0, ModelKeys).Where(_ => random.Next(3) == 0).Select(i => $"key:{i}");
            var batch = Sorted(
                keys.Select(key =>
                {
                    var version = random.Next(1, 100);
                    return random.Next(4) == 0 ? Delete(key, version) : Write(key, version, $"{key} in step {step}");
                })
            );

            var outcomes = await Store.SaveAsync(batch, Cancellation);

            Assert.Equal(batch.Select(write => Apply(model, write)), outcomes);
        }

        var rows = await Store.LoadAsync([.. model.Keys], Cancellation);
        Assert.Equal(
            model.Select(pair => (pair.Key, pair.Value.Version, pair.Value.Deleted, pair.Value.Value)).Order(),
            rows.Select(row => (row.Key, row.Version, row.Deleted, Text(row))).Order()
        );
    }

    private static SaveOutcome Apply(
        Dictionary<string, (long Version, bool Deleted, string Value)> model,
        StoreWrite<string, ReadOnlyMemory<byte>> write
    )
    {
        if (model.TryGetValue(write.Key, out var stored) && stored.Version >= write.Version)
        {
            return stored.Version == write.Version ? SaveOutcome.AlreadyStored : SaveOutcome.Superseded(stored.Version);
        }

        model[write.Key] = (write.Version, write.Deleted, System.Text.Encoding.UTF8.GetString(write.Value.Span));
        return SaveOutcome.Applied;
    }

    /// <summary>Saves as the flusher would: again after a transient error, as often as it takes (the test's time-out ends it).</summary>
    private static async Task<IReadOnlyList<SaveOutcome>> SaveUntilTakenAsync(
        IBackingStore<string, ReadOnlyMemory<byte>> store,
        StoreWrite<string, ReadOnlyMemory<byte>>[] batch
    )
    {
        while (true)
        {
            try
            {
                return await store.SaveAsync(batch, Cancellation);
            }
            catch (StoreException exception) when (exception.IsTransient)
            {
                await Task.Yield();
            }
        }
    }
}
