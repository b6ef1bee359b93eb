using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using Remanso.Sql.Tables;

namespace Remanso;

/// <summary>
/// Maps a type to a table that exists, column by column. A table, a key and a version column are needed, and a word on deletes:
/// <see cref="SoftDelete"/> or <see cref="AllowHardDeletes"/>.
/// </summary>
/// <remarks>Types of columns: <c>bool</c>, integers, <c>float</c>, <c>double</c>, <c>decimal</c>, <c>string</c>,
/// <c>char</c>, <c>Guid</c>, <c>DateOnly</c>, <c>TimeOnly</c>, <c>DateTime</c>, <c>DateTimeOffset</c>, <c>TimeSpan</c>,
/// bytes, enums (as numbers, or as text), and their nullable forms; anything else through a converter.
/// </remarks>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public sealed class TableMappingBuilder<
    [DynamicallyAccessedMembers(MappedMember.Needed)] TKey,
    [DynamicallyAccessedMembers(MappedMember.Needed)] TValue
>
    where TKey : notnull
{
    private readonly List<ColumnMapping> _keys = [];
    private readonly List<ColumnMapping> _columns = [];
    private readonly HashSet<string> _elsewhere = new(StringComparer.OrdinalIgnoreCase);
    private TableName? _table;
    private string? _version;
    private string? _softDelete;
    private bool _insertsTombstones;
    private bool _hardDeletes;
    private string? _expiry;
    private string? _updatedAt;
    private string? _contentType;

    /// <summary>Names the table.</summary>
    /// <param name="table">The table, as the database has it: it is quoted, so case counts where the engine's does.</param>
    /// <param name="schema">Its schema; null for the connection's own.</param>
    public TableMappingBuilder<TKey, TValue> Named(string table, string? schema = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        _table = new TableName(table, schema);
        return this;
    }

    /// <summary>The key is one column.</summary>
    /// <param name="column">The column.</param>
    public TableMappingBuilder<TKey, TValue> Key(string column) => Key(static key => key, column);

    /// <summary>A part of the key is a column; a key of several columns names them one after the other.</summary>
    /// <param name="part">The part: <c>k => k.Tenant</c>, or <c>k => k</c>.</param>
    /// <param name="column">The column.</param>
    public TableMappingBuilder<TKey, TValue> Key<TPart>(Expression<Func<TKey, TPart>> part, string column)
    {
        ArgumentNullException.ThrowIfNull(part);
        return Key(column, MappedMember.Of(part), ConversionOf(typeof(TPart), column));
    }

    /// <summary>A part of the key is a column of another type. Two different parts must be converted to two different values.</summary>
    /// <param name="part">The part.</param>
    /// <param name="column">The column.</param>
    /// <param name="toStored">Makes the column's value.</param>
    /// <param name="fromStored">Makes the part of it again.</param>
    public TableMappingBuilder<TKey, TValue> Key<TPart, TStored>(
        Expression<Func<TKey, TPart>> part,
        string column,
        Func<TPart, TStored> toStored,
        Func<TStored, TPart> fromStored
    )
    {
        ArgumentNullException.ThrowIfNull(part);
        return Key(column, MappedMember.Of(part), Through(column, toStored, fromStored));
    }

    /// <summary>A property of the value is a column. It may be a column of the key: the value then repeats its key, and
    /// a value that says another is refused.</summary>
    /// <param name="member">The property: <c>o => o.Total</c>; <c>o => o</c> where the value is one column.</param>
    /// <param name="column">The column.</param>
    public TableMappingBuilder<TKey, TValue> Column<TMember>(Expression<Func<TValue, TMember>> member, string column)
    {
        ArgumentNullException.ThrowIfNull(member);
        return Column(column, MappedMember.Of(member), ConversionOf(typeof(TMember), column));
    }

    /// <summary>A property of the value is a column of another type. Null is NULL and is not converted.</summary>
    /// <param name="member">The property.</param>
    /// <param name="column">The column.</param>
    /// <param name="toStored">Makes the column's value.</param>
    /// <param name="fromStored">Makes the property's value of it again.</param>
    public TableMappingBuilder<TKey, TValue> Column<TMember, TStored>(
        Expression<Func<TValue, TMember>> member,
        string column,
        Func<TMember, TStored> toStored,
        Func<TStored, TMember> fromStored
    )
    {
        ArgumentNullException.ThrowIfNull(member);
        return Column(column, MappedMember.Of(member), Through(column, toStored, fromStored));
    }

    /// <summary>A property of the value is an enum, and its column holds the names of its members.</summary>
    /// <param name="member">The property.</param>
    /// <param name="column">The column.</param>
    public TableMappingBuilder<TKey, TValue> ColumnAsText<TMember>(Expression<Func<TValue, TMember>> member, string column)
    {
        ArgumentNullException.ThrowIfNull(member);
        if (!(Nullable.GetUnderlyingType(typeof(TMember)) ?? typeof(TMember)).IsEnum)
        {
            throw new ArgumentException($"{typeof(TMember).Name} is no enum.", nameof(member));
        }

        return Column(column, MappedMember.Of(member), ColumnConversion.EnumAsText(typeof(TMember)));
    }

    /// <summary>The column of versions: 64-bit integers; NULL counts as 0, so a row that others insert without one
    /// loses to any write.</summary>
    /// <param name="column">The column; nothing but the cache should write it, except to a higher value.</param>
    public TableMappingBuilder<TKey, TValue> Version(string column) => Set(ref _version, column);

    /// <summary>Deletes mark the row instead of removing it, so that it keeps its version and a late replay can't
    /// bring the key back. The value's columns stay as they are.</summary>
    /// <param name="column">A flag (boolean, integer: 1), or a time (the time of the deletion; NULL: not deleted).</param>
    /// <param name="insertsTombstones">Whether the delete of a key without a row leaves one, marked; its columns are
    /// NULL, their default, or else 0 or empty. False where such rows would break a constraint: an older write of the
    /// same key that comes late is then not held back.</param>
    public TableMappingBuilder<TKey, TValue> SoftDelete(string column, bool insertsTombstones = true)
    {
        _insertsTombstones = insertsTombstones;
        return Set(ref _softDelete, column);
    }

    /// <summary>Deletes remove the row, if its version is lower. With the row goes its version: an older write of the
    /// key that comes after its delete (from a worker that slept through the loss of its lease) brings the key back.</summary>
    public TableMappingBuilder<TKey, TValue> AllowHardDeletes()
    {
        _hardDeletes = true;
        return this;
    }

    /// <summary>The column of the end of the lifetime: a time, or an integer of microseconds since 1970; NULL for none.
    /// Without it writes with a lifetime are refused.</summary>
    /// <param name="column">The column.</param>
    public TableMappingBuilder<TKey, TValue> Expiry(string column) => Set(ref _expiry, column);

    /// <summary>The column of the time of the last change by the cache: a time, or an integer of microseconds since 1970.</summary>
    /// <param name="column">The column.</param>
    public TableMappingBuilder<TKey, TValue> UpdatedAt(string column) => Set(ref _updatedAt, column);

    /// <summary>The column of the media type of values that are one column of bytes or text.</summary>
    /// <param name="column">The column.</param>
    public TableMappingBuilder<TKey, TValue> ContentType(string column) => Set(ref _contentType, column);

    /// <summary>Makes the mapping.</summary>
    /// <exception cref="CacheConfigurationException">Something is missing, named twice, or can't be made of its columns.</exception>
    internal TableMapping<TKey, TValue> Build()
    {
        if (_table is null)
        {
            throw new CacheConfigurationException($"The mapping of {typeof(TValue).Name} names no table: Named(…).");
        }

        if (_keys.Count == 0)
        {
            throw new CacheConfigurationException($"The mapping of the table {_table} has no key: Key(…).");
        }

        if (_columns.Count == 0)
        {
            throw new CacheConfigurationException($"The mapping of the table {_table} has no column of the value: Column(…).");
        }

        if (_version is null)
        {
            throw new CacheConfigurationException(
                $"The mapping of the table {_table} has no version column: Version(…). Without versions the highest one can't win."
            );
        }

        if (_softDelete is null != _hardDeletes)
        {
            throw new CacheConfigurationException(
                $"The mapping of the table {_table} must say what a delete does: SoftDelete(column) keeps the row's version, "
                    + "so that a late replay can't bring the key back; AllowHardDeletes() removes the row and gives that up."
            );
        }

        if (_keys.FirstOrDefault(static key => !KeyText.IsKeyKind(key.Kind)) is { } odd)
        {
            throw new CacheConfigurationException(
                $"The key column '{odd.Name}' of the table {_table} is a {odd.Kind}, whose equality differs between engines; "
                    + "keys are text, integers, Guid, bool, DateOnly or enums, or converted to these."
            );
        }

        var own = _columns.Where(column => !_keys.Exists(key => string.Equals(key.Name, column.Name, StringComparison.Ordinal))).ToArray();
        foreach (var repeated in _columns.Except(own))
        {
            if (_keys.Find(key => string.Equals(key.Name, repeated.Name, StringComparison.Ordinal))!.Kind != repeated.Kind)
            {
                throw new CacheConfigurationException(
                    $"The column '{repeated.Name}' of the table {_table} has two types, one in the key and one in the value."
                );
            }
        }

        var plan = new TablePlan
        {
            Table = _table,
            Keys = [.. _keys],
            Values = own,
            Version = _version,
            SoftDelete = _softDelete,
            InsertsTombstones = _insertsTombstones,
            Expiry = _expiry,
            UpdatedAt = _updatedAt,
            ContentType = _contentType,
        };
        if (
            plan.AllColumns.GroupBy(static name => name, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is
            { } twice
        )
        {
            throw new CacheConfigurationException($"The mapping of the table {_table} names the column '{twice.Key}' twice.");
        }

        return new TableMapping<TKey, TValue>(
            plan,
            [.. _columns],
            Materializer<TKey>.Compile([.. plan.Keys.Select(static key => key.Member)], []),
            Materializer<TValue>.Compile([.. _columns.Select(static column => column.Member)], _elsewhere)
        );
    }

    /// <summary>A part of the key, as another model describes it.</summary>
    internal TableMappingBuilder<TKey, TValue> Key(string column, MappedMember member, ColumnConversion conversion)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        _keys.Add(new ColumnMapping(column, member, conversion));
        return this;
    }

    /// <summary>A column of the value, as another model describes it.</summary>
    internal TableMappingBuilder<TKey, TValue> Column(string column, MappedMember member, ColumnConversion conversion)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        _columns.Add(new ColumnMapping(column, member, conversion));
        return this;
    }

    /// <summary>A member of the value that is none of its columns, but the row's version, or whatever else the store
    /// keeps for itself.</summary>
    internal void Elsewhere(string member) => _elsewhere.Add(member);

    private TableMappingBuilder<TKey, TValue> Set(ref string? field, string column)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        field = column;
        return this;
    }

    private static ColumnConversion ConversionOf(Type type, string column) =>
        ColumnConversion.Of(type)
        ?? throw new CacheConfigurationException($"The column '{column}' can't hold a {type.Name}; give it a converter.");

    private static ColumnConversion Through<TMember, TStored>(
        string column,
        Func<TMember, TStored> toStored,
        Func<TStored, TMember> fromStored
    )
    {
        ArgumentNullException.ThrowIfNull(toStored);
        ArgumentNullException.ThrowIfNull(fromStored);
        return ColumnConversion.Through(typeof(TStored), value => toStored((TMember)value!), value => fromStored((TStored)value!))
            ?? throw new CacheConfigurationException(
                $"The column '{column}' can't hold a {typeof(TStored).Name}; convert to a type that it can."
            );
    }
}
