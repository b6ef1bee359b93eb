using Microsoft.Data.Sqlite;
using Remanso.Sqlite;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>The entries of a journal are for the store that was there when they were written.</summary>
public sealed class SqliteJournalStoreTests : IAsyncDisposable
{
    private const string Ours = "sqlite:/data/store.db";
    private const string Other = "postgres://db:5432/app";

    private readonly SqliteJournalBed _bed = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task Entries_of_one_store_are_not_given_to_another()
    {
        await LeaveAsync(Ours, SqliteJournalBed.Dirty("a", 1), SqliteJournalBed.Dirty("b", 2));

        var refused = await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));

        Assert.Contains(
            $"{_bed.File} holds 2 entries of the cache default that were written for the store {Ours}, and the store is {Other}",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Equal(["a", "b"], await OpenAsync(Ours));
    }

    [Fact]
    public async Task A_journal_that_has_nothing_dirty_takes_another_store()
    {
        await LeaveAsync(Ours, SqliteJournalBed.Dirty("a", 1));
        await LeaveAsync(Ours, SqliteJournalBed.Settled("a", 2));

        await LeaveAsync(Other, SqliteJournalBed.Dirty("b", 3));

        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Ours));
        Assert.Equal(["b"], await OpenAsync(Other));
    }

    [Fact]
    public async Task A_journal_of_an_earlier_version_takes_the_first_store_that_comes()
    {
        await _bed.CloseAsync(SqliteJournalBed.Dirty("a", 1));
        Assert.Equal(["a"], await OpenAsync(Other));

        await LeaveAsync(Ours, SqliteJournalBed.Dirty("b", 2));

        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));
    }

    [Fact]
    public async Task A_cache_that_is_not_declared_keeps_the_store_that_it_had()
    {
        await LeaveAsync(Ours, SqliteJournalBed.Dirty("a", 1));
        await using (var journal = new SqliteJournal(SqliteAddress.Parse(_bed.File)))
        {
            var stores = new Dictionary<string, string> { ["another"] = Other };
            Assert.Single((await journal.OpenAsync(stores, Cancellation)).Records);
            await journal.CommitAsync([SqliteJournalBed.Dirty("b", 2) with { Cache = "another" }], Cancellation);
        }

        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));
        Assert.Equal(["a", "b"], await OpenAsync(Ours));
    }

    [Fact]
    public async Task What_is_recovered_of_a_damaged_journal_is_for_the_same_store()
    {
        await LeaveAsync(Ours, SqliteJournalBed.Dirty("a", 1), SqliteJournalBed.Dirty("b", 2));
        await using (var connection = new SqliteConnection($"Data Source={_bed.File};Pooling=False"))
        {
            await connection.OpenAsync(Cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE dirty SET crc = crc + 1 WHERE key = 'a'";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));

        // Told by the start that goes on, so it is still to be found.
        Assert.False(File.Exists(_bed.File + ".damaged-1"));
        Assert.Equal(["b"], await OpenAsync(Ours));
        Assert.True(File.Exists(_bed.File + ".damaged-1"));
        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));
    }

    private async Task LeaveAsync(string store, params JournalRecord[] records)
    {
        await using var journal = new SqliteJournal(SqliteAddress.Parse(_bed.File));
        await journal.OpenAsync(new Dictionary<string, string> { ["default"] = store }, Cancellation);
        await journal.CommitAsync(records, Cancellation);
    }

    private async Task<string[]> OpenAsync(string store)
    {
        await using var journal = new SqliteJournal(SqliteAddress.Parse(_bed.File));
        var content = await journal.OpenAsync(new Dictionary<string, string> { ["default"] = store }, Cancellation);
        return [.. content.Records.Select(static record => record.Key).Order(StringComparer.Ordinal)];
    }
}
