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
            var stores = new Dictionary<string, NotedStore> { ["another"] = new(Other) };
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
        await RunAsync("UPDATE dirty SET crc = crc + 1 WHERE key = 'a'");

        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));

        // Told by the start that goes on, so it is still to be found.
        Assert.False(File.Exists(_bed.File + ".damaged-1"));
        Assert.Equal(["b"], await OpenAsync(Ours));
        Assert.True(File.Exists(_bed.File + ".damaged-1"));
        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));
    }

    [Theory]
    [InlineData("highest", "version")]
    [InlineData("ends", "id")]
    [InlineData("ends", "commits")]
    public async Task Damage_to_what_is_read_first_gives_the_entries_to_no_other_store(string table, string column)
    {
        await LeaveAsync(Ours, SqliteJournalBed.Dirty("a", 1), SqliteJournalBed.Dirty("b", 2));
        // Text where the table has numbers only, as a page that took harm may have.
        await RunAsync(
            "PRAGMA writable_schema=ON",
            $"UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = '{table}'",
            "PRAGMA writable_schema=RESET",
            $"UPDATE {table} SET {column} = 'harmed'"
        );

        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));

        Assert.False(File.Exists(_bed.File + ".damaged-1"));
        Assert.Equal(["a", "b"], await OpenAsync(Ours));
        Assert.True(File.Exists(_bed.File + ".damaged-1"));
        // The new file has it from the start on, whether or not anything is written to it.
        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));
    }

    [Fact]
    public async Task A_note_that_can_not_be_read_is_told_and_the_entries_are_for_the_store_that_comes()
    {
        await LeaveAsync(Ours, SqliteJournalBed.Dirty("a", 1));
        await RunAsync(
            "PRAGMA writable_schema=ON",
            "UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'stores'",
            "PRAGMA writable_schema=RESET",
            "UPDATE stores SET store = x'A5A5'"
        );

        await using (var journal = new SqliteJournal(SqliteAddress.Parse(_bed.File)))
        {
            var content = await journal.OpenAsync(Of(new(Other)), Cancellation);
            Assert.Single(content.Records);
            Assert.Contains(content.Damages, static damage => damage.Contains("which store its entries are for", StringComparison.Ordinal));
        }

        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Ours));
        Assert.Equal(["a"], await OpenAsync(Other));
    }

    [Fact]
    public async Task A_store_that_tells_no_name_is_none_that_has_one()
    {
        await LeaveAsync("", SqliteJournalBed.Dirty("a", 1));

        var refused = await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));
        Assert.Contains(
            $"written for a store that told no name, and the store is {Other}: start with that store, flush, see to the dead "
                + "letters, and stop. If both are one database, do so without Remanso:Caches:default:Tier:StoreIdentity.",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(["a"], await OpenAsync(""));

        await LeaveAsync("", SqliteJournalBed.Settled("a", 2));
        await LeaveAsync(Ours, SqliteJournalBed.Dirty("b", 3));
        refused = await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(""));
        Assert.Contains($"written for the store {Ours}, and this one tells none: start", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData(Ours)]
    public async Task What_an_earlier_version_noted_of_a_cache_with_a_store_of_its_own_refuses_nothing(string noted)
    {
        await LeaveAsEarlierAsync(noted, SqliteJournalBed.Dirty("a", 1));

        // The default store was taken for it, if there was one.
        Assert.Equal(["a"], await OpenAsync(new NotedStore(Other, Earlier: Ours)));
        Assert.Equal(["a"], await OpenAsync(new NotedStore("", Earlier: "")));

        await LeaveAsync(new NotedStore(Other, Earlier: Ours), SqliteJournalBed.Dirty("b", 2));
        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(new NotedStore("sqlite:/third", Earlier: Ours)));
        // Not even the one that the earlier version named.
        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Ours));
        Assert.Equal(["a", "b"], await OpenAsync(new NotedStore(Other, Earlier: "sqlite:/moved")));
    }

    [Fact]
    public async Task What_an_earlier_version_noted_of_a_cache_on_the_default_store_holds()
    {
        await LeaveAsEarlierAsync(Ours, SqliteJournalBed.Dirty("a", 1));

        await Assert.ThrowsAsync<TierJournalException>(() => OpenAsync(Other));
        Assert.Equal(["a"], await OpenAsync(Ours));
    }

    private static Dictionary<string, NotedStore> Of(NotedStore store) => new() { ["default"] = store };

    private Task LeaveAsync(string store, params JournalRecord[] records) => LeaveAsync(new NotedStore(store), records);

    private async Task LeaveAsync(NotedStore store, params JournalRecord[] records)
    {
        await using var journal = new SqliteJournal(SqliteAddress.Parse(_bed.File));
        await journal.OpenAsync(Of(store), Cancellation);
        await journal.CommitAsync(records, Cancellation);
    }

    // The name alone.
    private async Task LeaveAsEarlierAsync(string noted, params JournalRecord[] records)
    {
        await LeaveAsync(noted, records);
        await RunAsync($"UPDATE stores SET store = '{noted}'");
    }

    private async Task RunAsync(params string[] statements)
    {
        await using var connection = new SqliteConnection($"Data Source={_bed.File};Pooling=False");
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
        foreach (var statement in statements)
        {
            command.CommandText = statement;
            await command.ExecuteNonQueryAsync(Cancellation);
        }
    }

    private Task<string[]> OpenAsync(string store) => OpenAsync(new NotedStore(store));

    private async Task<string[]> OpenAsync(NotedStore store)
    {
        await using var journal = new SqliteJournal(SqliteAddress.Parse(_bed.File));
        var content = await journal.OpenAsync(Of(store), Cancellation);
        return [.. content.Records.Select(static record => record.Key).Order(StringComparer.Ordinal)];
    }
}
