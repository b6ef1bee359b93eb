namespace Remanso.Sql.Tables;

/// <summary>A type mapped to a table that exists: built once by <see cref="TableMappingBuilder{TKey, TValue}"/>, used
/// by <see cref="TableStore{TKey, TValue}"/>.</summary>
/// <typeparam name="TKey">The key: one column, or a record or tuple of several.</typeparam>
/// <typeparam name="TValue">The value: an object whose properties are columns, or one column.</typeparam>
internal sealed class TableMapping<TKey, TValue>
    where TKey : notnull
{
    private readonly MappedKeyCodec<TKey> _keys;
    private readonly MappedValueCodec<TValue> _values;
    private readonly IReadOnlyList<ColumnMapping> _columns;

    /// <summary>For each column of the value the part of the key that it repeats, or -1.</summary>
    private readonly int[] _keyParts;

    /// <param name="plan">The plan; its values are those of <paramref name="columns"/> that are not columns of the key.</param>
    /// <param name="columns">All columns of the value, those that repeat a part of the key among them.</param>
    /// <param name="makeKey">Makes a key of the values of its columns.</param>
    /// <param name="makeValue">Makes a value of the values of its columns.</param>
    internal TableMapping(
        TablePlan plan,
        IReadOnlyList<ColumnMapping> columns,
        Func<object?[], TKey> makeKey,
        Func<object?[], TValue> makeValue
    )
    {
        Plan = plan;
        _columns = columns;
        _keyParts =
        [
            .. columns.Select(column =>
                plan.Keys.ToList().FindIndex(key => string.Equals(key.Name, column.Name, StringComparison.Ordinal))
            ),
        ];
        _keys = new MappedKeyCodec<TKey>(plan.Keys, makeKey);
        _values = new MappedValueCodec<TValue>(columns, makeValue, new MappedPatches(columns, ValuesOfKey));
        ValueCodec = columns is [{ Member.IsWhole: true }] ? Remanso.ValueCodec.For<TValue>() : _values;
    }

    /// <summary>The columns, for a dialect.</summary>
    public TablePlan Plan { get; }

    /// <summary>Keys as strings: one column as it is, several with slashes between them. Two different keys have two
    /// different strings, whatever characters they hold.</summary>
    public IKeyCodec<TKey> KeyCodec => _keys;

    /// <summary>Values as bytes: JSON of the mapped columns alone, so that a value from the tier has what a value from
    /// the table has; a value that is one column has the codec of its type.</summary>
    public IValueCodec<TValue> ValueCodec { get; }

    /// <summary>The values of the key's columns.</summary>
    internal object?[] PartsOf(TKey key) => _keys.Parts(key);

    /// <summary>The key of a row.</summary>
    internal TKey KeyOf(TableRow row) => _keys.Make(row.Key);

    /// <summary>The value of a row.</summary>
    /// <exception cref="FormatException">A column holds what its member can't.</exception>
    internal TValue ValueOf(TableRow row)
    {
        var stored = new object?[_columns.Count];
        for (int i = 0, next = 0; i < stored.Length; i++)
        {
            stored[i] = _keyParts[i] < 0 ? row.Values[next++] : row.Key[_keyParts[i]];
        }

        return _values.Make(stored);
    }

    /// <summary>The values of the value's own columns.</summary>
    /// <exception cref="FormatException">The value says another key than its own, or null where a column takes none.</exception>
    internal object?[] ColumnsOf(TValue value, object?[] key)
    {
        var stored = new object?[Plan.Values.Count];
        for (int i = 0, next = 0; i < _columns.Count; i++)
        {
            var column = _columns[i].Read(value!);
            if (_keyParts[i] < 0)
            {
                stored[next++] =
                    column is not null || _columns[i].TakesNull
                        ? column
                        : throw new FormatException($"{_columns[i].Member} is null, but its column '{_columns[i].Name}' takes none");
            }
            else if (!Equals(column, key[_keyParts[i]]))
            {
                throw new FormatException($"{_columns[i].Member} is '{column}', but its key says '{key[_keyParts[i]]}'");
            }
        }

        return stored;
    }

    private (bool IsPart, object? Value)[] ValuesOfKey(string key)
    {
        var parts = PartsOf(_keys.Decode(key));
        return Array.ConvertAll(_keyParts, part => part < 0 ? default : (true, parts[part]));
    }
}
