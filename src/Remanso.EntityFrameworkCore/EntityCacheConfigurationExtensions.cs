using Microsoft.EntityFrameworkCore;
using Remanso.EntityFrameworkCore;

namespace Remanso;

/// <summary>Puts a cache in front of the table of an entity.</summary>
public static class EntityCacheConfigurationExtensions
{
    /// <summary>Keeps a cache in the table of an entity: table, columns, key and value converters come from the model,
    /// the engine and the connections from the context. Rows are read and written with statements of the cache's own:
    /// entities are not tracked, and neither query filters nor <c>SaveChanges</c> take part.</summary>
    /// <remarks>The engine's package must be known: <c>UseSqlite</c>, <c>UseSqliteTables</c>, <c>UsePostgres</c>,
    /// <c>UsePostgresTables</c>, <c>UseMySql</c> or <c>UseMySqlTables</c>. The context comes from an
    /// <see cref="IDbContextFactory{TContext}"/> where there is one, else from a scope; it must open connections of its
    /// own, not share one.
    /// </remarks>
    /// <param name="cache">The cache: its key is the entity's, a record or tuple of its parts where it has several.</param>
    /// <param name="set">The entity: <c>(ShopContext shop) => shop.Orders</c>.</param>
    /// <param name="configure">Names the version and says what a delete does.</param>
    /// <exception cref="CacheConfigurationException">When the caches are put together: the entity can't be mapped. When
    /// the cache starts: its table lacks something.</exception>
    public static void UseEntity<TContext, TKey, TEntity>(
        this CacheConfiguration<TKey, TEntity> cache,
        Func<TContext, DbSet<TEntity>> set,
        Action<EntityMappingBuilder<TEntity>> configure
    )
        where TContext : DbContext
        where TKey : notnull
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(configure);
        var choices = new EntityMappingBuilder<TEntity>();
        configure(choices);
        var store = new EntityStore<TContext, TKey, TEntity>(cache.Name, set, choices);
        cache.KeyCodec = store;
        cache.ValueCodec ??= store;
        cache.Store = store.Create;
    }
}
