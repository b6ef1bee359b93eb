using System.Linq.Expressions;
using System.Reflection;

namespace Remanso;

/// <summary>Says of an entity what the model does not: which property is the version, and what a delete does. Table,
/// columns, key and converters come from the model.</summary>
/// <remarks>Properties may be named as strings, too: those that the store keeps for itself may be shadow properties.</remarks>
/// <typeparam name="TEntity">The entity.</typeparam>
public sealed class EntityMappingBuilder<TEntity>
    where TEntity : class
{
    internal string? VersionProperty { get; private set; }

    internal string? SoftDeleteProperty { get; private set; }

    internal bool InsertsTombstones { get; private set; }

    internal bool HardDeletes { get; private set; }

    internal string? ExpiryProperty { get; private set; }

    internal string? UpdatedAtProperty { get; private set; }

    internal HashSet<string> WrittenAsTheyAre { get; } = new(StringComparer.Ordinal);

    internal HashSet<string> Ignored { get; } = new(StringComparer.Ordinal);

    /// <summary>The property of the version, a <c>long</c>. Where none is named, it is the one <c>long</c> that the
    /// model marks as a concurrency token. The cache keeps it: an entity from the cache has its default there, the
    /// version itself is in the <see cref="ReadResult{TValue}"/>.</summary>
    public EntityMappingBuilder<TEntity> Version(Expression<Func<TEntity, long>> property) => Version(NameOf(property));

    /// <inheritdoc cref="Version(Expression{Func{TEntity, long}})"/>
    public EntityMappingBuilder<TEntity> Version(string property)
    {
        VersionProperty = property;
        return this;
    }

    /// <summary>Deletes mark the row: see <see cref="TableMappingBuilder{TKey, TValue}.SoftDelete"/>.</summary>
    /// <param name="property">A flag, or the time of the deletion (nullable).</param>
    /// <param name="insertsTombstones">Whether the delete of a key without a row leaves one, marked.</param>
    public EntityMappingBuilder<TEntity> SoftDelete<TProperty>(
        Expression<Func<TEntity, TProperty>> property,
        bool insertsTombstones = true
    ) => SoftDelete(NameOf(property), insertsTombstones);

    /// <inheritdoc cref="SoftDelete{TProperty}"/>
    public EntityMappingBuilder<TEntity> SoftDelete(string property, bool insertsTombstones = true)
    {
        SoftDeleteProperty = property;
        InsertsTombstones = insertsTombstones;
        return this;
    }

    /// <summary>Deletes remove the row, and what held late writes back with it: see
    /// <see cref="TableMappingBuilder{TKey, TValue}.AllowHardDeletes"/>.</summary>
    public EntityMappingBuilder<TEntity> AllowHardDeletes()
    {
        HardDeletes = true;
        return this;
    }

    /// <summary>The property of the end of the lifetime: a time, or a <c>long</c> of microseconds since 1970; nullable.</summary>
    /// <param name="property">Its name.</param>
    public EntityMappingBuilder<TEntity> Expiry(string property)
    {
        ExpiryProperty = property;
        return this;
    }

    /// <summary>The property of the time of the last change by the cache: a time, or a <c>long</c> of microseconds since 1970.</summary>
    /// <param name="property">Its name.</param>
    public EntityMappingBuilder<TEntity> UpdatedAt(string property)
    {
        UpdatedAtProperty = property;
        return this;
    }

    /// <summary>Writes a property as the entity has it, although the model says that the database generates it: by a
    /// default, a sequence or a trigger. An entity whose member is unset then stores the member's default, where
    /// <c>SaveChanges</c> would leave the value to the database. Unless this or <see cref="Ignore(string)"/> names such a
    /// property, the entity is refused.</summary>
    public EntityMappingBuilder<TEntity> WriteAsIs<TProperty>(Expression<Func<TEntity, TProperty>> property) => WriteAsIs(NameOf(property));

    /// <inheritdoc cref="WriteAsIs{TProperty}"/>
    public EntityMappingBuilder<TEntity> WriteAsIs(string property)
    {
        WrittenAsTheyAre.Add(property);
        return this;
    }

    /// <summary>Leaves a property out: a shadow, complex, owned, computed or generated one, or any other. Its columns are not
    /// loaded, an insert leaves them NULL or at their default, an update leaves them alone.</summary>
    public EntityMappingBuilder<TEntity> Ignore<TProperty>(Expression<Func<TEntity, TProperty>> property) => Ignore(NameOf(property));

    /// <inheritdoc cref="Ignore{TProperty}"/>
    public EntityMappingBuilder<TEntity> Ignore(string property)
    {
        Ignored.Add(property);
        return this;
    }

    private static string NameOf(LambdaExpression expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return
            expression.Body is MemberExpression { Member: PropertyInfo or FieldInfo } member
            && member.Expression == expression.Parameters[0]
            ? member.Member.Name
            : throw new ArgumentException(
                $"'{expression}' is no property of {typeof(TEntity).Name}: write it as e => e.Property.",
                nameof(expression)
            );
    }
}
