using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Remanso.Sql.Tables;

namespace Remanso.EntityFrameworkCore;

/// <summary>Makes the mapping of an entity out of its model. Scalar properties are mapped; navigations to other
/// entities are no columns and are left out; what is part of the entity but no scalar (owned, complex) or has no
/// property (shadow) is refused unless it is ignored by name, and so is what the database generates, for a save that drops
/// or overwrites a part of a value in silence is worse than none.</summary>
internal sealed class EntityModel<TKey, TEntity>(string cache, IEntityType entity, EntityMappingBuilder<TEntity> choices)
    where TKey : notnull
    where TEntity : class
{
    private readonly StoreObjectIdentifier _table = TableOf(cache, entity);

    /// <exception cref="CacheConfigurationException">The entity can't be mapped; the message says why in one line.</exception>
    public TableMapping<TKey, TEntity> Build()
    {
        RefuseWhatIsNoScalar();
        var version = VersionProperty();
        var table = new TableMappingBuilder<TKey, TEntity>().Named(_table.Name, _table.Schema).Version(ColumnOf(version));
        var own = new HashSet<IProperty> { version };
        if (choices.HardDeletes)
        {
            table.AllowHardDeletes();
        }

        if (Own(choices.SoftDeleteProperty) is { } deleted)
        {
            table.SoftDelete(ColumnOf(deleted), choices.InsertsTombstones);
        }

        if (Own(choices.ExpiryProperty) is { } expiry)
        {
            table.Expiry(ColumnOf(expiry));
        }

        if (Own(choices.UpdatedAtProperty) is { } updated)
        {
            table.UpdatedAt(ColumnOf(updated));
        }

        var key = entity.FindPrimaryKey()!.Properties;
        for (var i = 0; i < key.Count; i++)
        {
            table.Key(ColumnOf(key[i]), KeyMember(key, i), ConversionOf(key[i]));
        }

        foreach (var property in entity.GetProperties())
        {
            if (own.Contains(property))
            {
                table.Elsewhere(property.Name);
            }
            else if (!choices.Ignored.Contains(property.Name))
            {
                table.Column(ColumnOf(property), MemberOf(property), ConversionOf(property));
            }
        }

        return table.Build();

        IProperty? Own(string? name)
        {
            if (name is null)
            {
                return null;
            }

            var property = Find(name);
            own.Add(property);
            return property;
        }
    }

    private static StoreObjectIdentifier TableOf(string cache, IEntityType entity)
    {
        if (StoreObjectIdentifier.Create(entity, StoreObjectType.Table) is not { } table || entity.FindPrimaryKey() is null)
        {
            throw Refusal(cache, entity, "has no table with a primary key");
        }

        if (entity.GetMappingFragments().Any())
        {
            throw Refusal(cache, entity, "is split over several tables");
        }

        if (entity.BaseType is not null || entity.GetDirectlyDerivedTypes().Any())
        {
            throw Refusal(
                cache,
                entity,
                "shares its table with other types by inheritance, so a row could be of another type than the cache's values"
            );
        }

        // Of an owned one, Ignore says what is to become.
        if (
            entity
                .Model.GetEntityTypes()
                .FirstOrDefault(other =>
                    other != entity && !other.IsOwned() && StoreObjectIdentifier.Create(other, StoreObjectType.Table) == table
                ) is
            { } sharer
        )
        {
            throw Refusal(
                cache,
                entity,
                $"shares its table with {sharer.DisplayName()}, so a save would leave that one's columns out and a delete take them along"
            );
        }

        return table;
    }

    private void RefuseWhatIsNoScalar()
    {
        if (entity.GetComplexProperties().FirstOrDefault(property => !choices.Ignored.Contains(property.Name)) is { } complex)
        {
            throw Refusal($"has the complex property {complex.Name}, which is no column: leave it out with Ignore(\"{complex.Name}\")");
        }

        if (
            entity
                .GetNavigations()
                .FirstOrDefault(navigation => navigation.TargetEntityType.IsOwned() && !choices.Ignored.Contains(navigation.Name)) is
            { } owned
        )
        {
            throw Refusal($"owns {owned.Name}, which is no column: leave it out with Ignore(\"{owned.Name}\")");
        }
    }

    private IProperty VersionProperty()
    {
        if (choices.VersionProperty is { } name)
        {
            var named = Find(name);
            return named.ClrType == typeof(long)
                ? named
                : throw Refusal($"has the version {name} of type {named.ClrType.Name}; it must be long");
        }

        var marked = entity
            .GetProperties()
            .Where(static property => property.IsConcurrencyToken && property.ClrType == typeof(long))
            .ToArray();
        return marked is [var single]
            ? single
            : throw Refusal("has no version: name its property with Version(…), or mark one of type long as the concurrency token");
    }

    private IProperty Find(string name) => entity.FindProperty(name) ?? throw Refusal($"has no property {name}");

    private string ColumnOf(IProperty property) =>
        property.GetColumnName(_table)
        ?? throw Refusal($"keeps {property.Name} outside its table {_table.DisplayName()}: leave it out with Ignore(\"{property.Name}\")");

    private ColumnConversion ConversionOf(IProperty property)
    {
        if (property.GetComputedColumnSql() is not null)
        {
            throw Refusal(
                $"has the computed property {property.Name}, which can't be saved: leave it out with Ignore(\"{property.Name}\")"
            );
        }

        if (
            property.ValueGenerated != ValueGenerated.Never
            && !property.IsPrimaryKey()
            && !choices.WrittenAsTheyAre.Contains(property.Name)
        )
        {
            throw Refusal(
                $"has the property {property.Name}, which the database generates, and a save would write the entity's own value: "
                    + $"leave it out with Ignore(\"{property.Name}\"), or say WriteAsIs(\"{property.Name}\")"
            );
        }

        var converter = property.GetTypeMapping().Converter;
        var conversion = converter is null
            ? ColumnConversion.Of(property.ClrType)
            : ColumnConversion.Through(converter.ProviderClrType, converter.ConvertToProvider, converter.ConvertFromProvider);
        return conversion
            ?? throw Refusal(
                $"has the property {property.Name} of type {property.ClrType.Name}, which is no column here: give it a value "
                    + $"converter, or leave it out with Ignore(\"{property.Name}\")"
            );
    }

    private MappedMember MemberOf(IProperty property)
    {
        if (((MemberInfo?)property.PropertyInfo ?? property.FieldInfo) is not { } get)
        {
            throw Refusal(
                $"has the shadow property {property.Name}, which its values don't hold: leave it out with Ignore(\"{property.Name}\")"
            );
        }

        // The field before the setter, as Entity Framework itself materialises; what only a constructor can set is left to it.
        MemberInfo? set =
            property.FieldInfo is { IsInitOnly: false } field ? field
            : property.PropertyInfo is { CanWrite: true } settable ? settable
            : null;
        return MappedMember.Of(typeof(TEntity), property.Name, get, set);
    }

    private MappedMember KeyMember(IReadOnlyList<IProperty> key, int index)
    {
        if (key.Count == 1 && typeof(TKey) == key[0].ClrType)
        {
            return MappedMember.Whole(typeof(TKey));
        }

        var isTuple = typeof(TKey).FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal);
        var name = isTuple ? $"Item{index + 1}" : key[index].Name;
        var member = typeof(TKey)
            .GetMember(
                name,
                MemberTypes.Property | MemberTypes.Field,
                BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase
            )
            .FirstOrDefault();
        var type = member is PropertyInfo property ? property.PropertyType : (member as FieldInfo)?.FieldType;
        if (member is null || type != key[index].ClrType || (isTuple && typeof(TKey).GetGenericArguments().Length != key.Count))
        {
            throw Refusal(
                $"has the key ({string.Join(", ", key.Select(static part => $"{part.ClrType.Name} {part.Name}"))}), which "
                    + $"{typeof(TKey).Name} does not match: "
                    + "use a record with these properties, or a tuple of these types in this order"
            );
        }

        return MappedMember.Of(
            typeof(TKey),
            member.Name,
            member,
            member is PropertyInfo { CanWrite: true } or FieldInfo { IsInitOnly: false } ? member : null
        );
    }

    private CacheConfigurationException Refusal(string reason) => Refusal(cache, entity, reason);

    private static CacheConfigurationException Refusal(string cache, IEntityType entity, string reason) =>
        new($"The cache '{cache}' can't be mapped to the entity {entity.DisplayName()}: it {reason}.");
}
