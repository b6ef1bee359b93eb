using Remanso.Conformance.Tables;
using Remanso.Entries;
using Remanso.Sql.Tables;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>What an error of SQLite without a code of its own is about: a row, or the schema.</summary>
public sealed class SqliteTableFaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_generated_column_makes_of_a_value_is_the_rows_fault_and_a_changed_schema_is_not()
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, js TEXT, nm TEXT AS (json_extract(js, '$.n')) STORED, v INTEGER)"
        );
        var store = bed.Provider.Create(
            "notes",
            new TableMappingBuilder<int, string>().Named("notes").Key("id").Column(n => n, "js").Version("v").AllowHardDeletes().Build()
        );
        await store.InitializeAsync(Cancellation);

        var malformed = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Note("{nope")], Cancellation));
        Assert.Equal((false, true), (malformed.IsTransient, malformed.BlamesRow));
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Note("""{"n":1}""")], Cancellation));

        await bed.ExecuteAsync("ALTER TABLE notes RENAME COLUMN js TO body");
        var renamed = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Note("{}")], Cancellation));
        Assert.Equal((true, false), (renamed.IsTransient, renamed.BlamesRow));
        Assert.Contains("table notes has no column named js", renamed.Message, StringComparison.Ordinal);
        await bed.ExecuteAsync("DROP TABLE notes");
        await bed.ExecuteAsync("CREATE TABLE notes (id INTEGER, js TEXT, v INTEGER)");
        var keyless = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Note("{}")], Cancellation));
        Assert.Equal((true, false), (keyless.IsTransient, keyless.BlamesRow));
    }

    [Fact]
    public async Task A_fault_of_the_schema_is_no_rows_fault_however_it_is_told()
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync("CREATE TABLE owners (id INTEGER PRIMARY KEY)");
        await bed.ExecuteAsync(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, js TEXT, v INTEGER, owner INTEGER DEFAULT 1 REFERENCES owners(id))"
        );
        await bed.ExecuteAsync("INSERT INTO owners VALUES (1)");
        var store = bed.Provider.Create(
            "notes",
            new TableMappingBuilder<int, string>().Named("notes").Key("id").Column(n => n, "js").Version("v").AllowHardDeletes().Build()
        );
        await store.InitializeAsync(Cancellation);

        // As a migration that rebuilds a table does, which loses its key.
        await bed.ExecuteAsync("CREATE TABLE kept AS SELECT * FROM owners");
        await bed.ExecuteAsync("PRAGMA foreign_keys=OFF; DROP TABLE owners; ALTER TABLE kept RENAME TO owners");
        await WaitsAsync("foreign key mismatch");
        await bed.ExecuteAsync("PRAGMA foreign_keys=OFF; DROP TABLE owners; CREATE TABLE owners (id INTEGER PRIMARY KEY)");
        await bed.ExecuteAsync("INSERT INTO owners VALUES (1)");

        await bed.ExecuteAsync("CREATE TRIGGER told AFTER INSERT ON notes BEGIN SELECT id FROM owners AS a, owners AS b; END");
        await WaitsAsync("ambiguous column name");
        await bed.ExecuteAsync("DROP TRIGGER told");
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Note("{}")], Cancellation));

        async Task WaitsAsync(string text)
        {
            var fault = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Note("{}")], Cancellation));
            Assert.Contains(text, fault.Message, StringComparison.Ordinal);
            Assert.Equal((true, false), (fault.IsTransient, fault.BlamesRow));
        }
    }

    private static StoreWrite<int, string> Note(string text) =>
        new()
        {
            Key = 1,
            Value = text,
            Version = 5,
            ExpiresAt = CacheEntry.Never,
        };
}
