using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Common;
using Remanso.Entries;
using Remanso.Sql.Tables;
using Remanso.Stores;

namespace Remanso.EntityFrameworkCore;

/// <summary>The store and the codecs of one cache of entities. The codecs exist when the cache is declared, the model
/// only when the application's services do: they get it when the store is made, which is before the cache is.</summary>
internal sealed class EntityStore<TContext, TKey, TEntity>(
    string cache,
    Func<TContext, DbSet<TEntity>> set,
    EntityMappingBuilder<TEntity> choices
) : IKeyCodec<TKey>, IValueCodec<TEntity>, IPatchCodec
    where TContext : DbContext
    where TKey : notnull
    where TEntity : class
{
    private TableMapping<TKey, TEntity>? _mapping;

    public string ContentType => "application/json";

    private TableMapping<TKey, TEntity> Mapping =>
        _mapping ?? throw new InvalidOperationException($"The cache '{cache}' has no store yet.");

    // An entity is an object of columns, never one column.
    private IPatchCodec Patches => (IPatchCodec)Mapping.ValueCodec;

    public string Encode(TKey key) => Mapping.KeyCodec.Encode(key);

    public TKey Decode(string key) => Mapping.KeyCodec.Decode(key);

    public ReadOnlyMemory<byte> Encode(TEntity value) => Mapping.ValueCodec.Encode(value);

    public TEntity Decode(ReadOnlyMemory<byte> bytes) => Mapping.ValueCodec.Decode(bytes);

    public string? PatchProblem(string key, JsonElement patch) => Patches.PatchProblem(key, patch);

    [RequiresUnreferencedCode(IPatchWriter.Reflects)]
    [RequiresDynamicCode(IPatchWriter.Reflects)]
    public ReadOnlyMemory<byte> WritePatch(object patch) => Patches.WritePatch(patch);

    /// <exception cref="CacheConfigurationException">The entity can't be mapped, or its engine is not known.</exception>
    public IBackingStore<TKey, TEntity> Create(IServiceProvider services)
    {
        var connections = new ContextConnections<TContext>(services);
        var (context, owner) = connections.Create();
        try
        {
            var connection = context.Database.GetDbConnection();
            var dialect = services.GetServices<ITableDialect>().FirstOrDefault(candidate => candidate.Speaks(connection))
                ?? throw new CacheConfigurationException(
                    $"The cache '{cache}' uses {typeof(TContext).Name}, whose provider {context.Database.ProviderName} is "
                        + "not known here: call UseSqliteTables, UsePostgresTables or UseMySqlTables of the engine's package."
                );
            _mapping = new EntityModel<TKey, TEntity>(cache, EntityOf(context), choices).Build();
            return new TableStore<TKey, TEntity>(
                dialect,
                connections,
                cache,
                _mapping,
                services.GetService<TimeProvider>() ?? TimeProvider.System
            )
            {
                Identity = dialect.Identify(connection),
            };
        }
        finally
        {
            // Not all that a scope made can be disposed of without waiting.
            Disposal.Run(owner);
        }
    }

    private IEntityType EntityOf(TContext context)
    {
        try
        {
            return set(context).EntityType;
        }
        catch (InvalidOperationException exception)
        {
            throw new CacheConfigurationException(
                $"The cache '{cache}' is mapped to {typeof(TEntity).Name}, which is not part of {typeof(TContext).Name}: "
                    + $"{exception.Message.ReplaceLineEndings(" ")}"
            );
        }
    }
}
