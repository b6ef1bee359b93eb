using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Sql.Tables;
using Remanso.Stores;

namespace Remanso;

/// <summary>Puts a cache in front of a table of the user's.</summary>
public static class TableCacheConfigurationExtensions
{
    /// <summary>Keeps a cache in a table that exists, in the database of the default store. Sets the cache's store,
    /// its key codec and, unless one is set, its value codec.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="map">Maps table and columns: <c>table.Named("orders").Key(k => k.Number, "number").Column(o =>
    /// o.Total, "total").Version("row_version").SoftDelete("deleted")</c>.</param>
    /// <exception cref="CacheConfigurationException">The mapping is not complete. (Whether the table fits it is checked
    /// when the cache starts.)</exception>
    public static void UseTable<
        [DynamicallyAccessedMembers(MappedMember.Needed)] TKey,
        [DynamicallyAccessedMembers(MappedMember.Needed)] TValue
    >(this CacheConfiguration<TKey, TValue> cache, Action<TableMappingBuilder<TKey, TValue>> map)
        where TKey : notnull => cache.UseTable(map, static services => services.GetService<IStoreProvider>());

    /// <summary>Keeps a cache in a table that exists, in the database of a provider that it names.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="map">Maps table and columns.</param>
    /// <param name="provider">Finds the provider, which the cache does not own.</param>
    /// <exception cref="CacheConfigurationException">The mapping is not complete.</exception>
    internal static void UseTable<
        [DynamicallyAccessedMembers(MappedMember.Needed)] TKey,
        [DynamicallyAccessedMembers(MappedMember.Needed)] TValue
    >(
        this CacheConfiguration<TKey, TValue> cache,
        Action<TableMappingBuilder<TKey, TValue>> map,
        Func<IServiceProvider, IStoreProvider?> provider
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(provider);
        var builder = new TableMappingBuilder<TKey, TValue>();
        map(builder);
        var mapping = builder.Build();
        cache.KeyCodec = mapping.KeyCodec;
        cache.ValueCodec ??= mapping.ValueCodec;
        cache.Store = services =>
            provider(services) is ITableStoreProvider tables
                ? tables.Create(cache.Name, mapping)
                : throw new CacheConfigurationException(
                    $"The cache '{cache.Name}' is mapped to the table {mapping.Plan.Table}, which needs a default store in "
                        + "the same SQL database: UseSqlite, UsePostgres, UseMySql."
                );
    }
}
