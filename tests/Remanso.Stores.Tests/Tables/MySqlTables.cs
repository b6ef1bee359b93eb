using Remanso.Conformance.Tables;
using Remanso.Entries;
using Remanso.Sql.Tables;

namespace Remanso.Stores.Tests.Tables;

/// <summary>Mappings of small tables, and words to write tests of them with.</summary>
internal static class MySqlTables
{
    public const string Bin = "COLLATE utf8mb4_bin";

    public static IBackingStore<string, int> Codes(TableTestBed bed) => bed.Provider.Create("codes", CodesMapping());

    public static TableMapping<string, int> CodesMapping() =>
        new TableMappingBuilder<string, int>().Named("codes").Key("code").Column(n => n, "n").Version("v").AllowHardDeletes().Build();

    public static StoreWrite<string, int> Code(string key, long version, int n = 1) =>
        new()
        {
            Key = key,
            Value = n,
            Version = version,
            ExpiresAt = CacheEntry.Never,
        };

    public static IBackingStore<int, string> People(TableTestBed bed, string table, bool softly = false) =>
        People(bed.Provider, table, softly);

    public static IBackingStore<int, string> People(ITableStoreProvider provider, string table, bool softly)
    {
        var mapping = new TableMappingBuilder<int, string>().Named(table).Key("id").Column(name => name, "name").Version("v");
        return provider.Create("people", (softly ? mapping.SoftDelete("gone") : mapping.AllowHardDeletes()).Build());
    }

    public static StoreWrite<int, string> Person(int id, string name, long version = 1) =>
        new()
        {
            Key = id,
            Value = name,
            Version = version,
            ExpiresAt = CacheEntry.Never,
        };

    public static StoreWrite<int, string> Gone(int id, long version) =>
        new()
        {
            Key = id,
            Value = null,
            Deleted = true,
            Version = version,
            ExpiresAt = CacheEntry.Never,
        };
}
