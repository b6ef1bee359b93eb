using Remanso.Stores;

namespace Remanso.Sql.Tables;

/// <summary>A provider that makes stores of mapped tables, too.</summary>
internal interface ITableStoreProvider : IStoreProvider
{
    /// <summary>Makes the store of a cache over a table of the user's.</summary>
    /// <param name="cache">The cache's name, for messages.</param>
    /// <param name="mapping">The mapping.</param>
    /// <typeparam name="TKey">The key.</typeparam>
    /// <typeparam name="TValue">The value.</typeparam>
    IBackingStore<TKey, TValue> Create<TKey, TValue>(string cache, TableMapping<TKey, TValue> mapping)
        where TKey : notnull;
}
