namespace Remanso.Sql.Tables;

/// <summary>The keys of a mapped table as strings: the parts of their columns.</summary>
internal sealed class MappedKeyCodec<TKey>(IReadOnlyList<ColumnMapping> columns, Func<object?[], TKey> make) : IKeyCodec<TKey>
    where TKey : notnull
{
    public string Encode(TKey key)
    {
        try
        {
            return KeyText.Join(Parts(key));
        }
        catch (FormatException exception)
        {
            throw new InvalidKeyException($"The key can't be kept: {exception.Message}.");
        }
    }

    public TKey Decode(string key) => Make(KeyText.Split(key, columns));

    /// <summary>The values of the key's columns.</summary>
    /// <exception cref="FormatException">One can't be converted.</exception>
    public object?[] Parts(TKey key)
    {
        var parts = new object?[columns.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = columns[i].Read(key);
        }

        return parts;
    }

    /// <summary>The key of its columns' values.</summary>
    public TKey Make(object?[] parts)
    {
        var members = new object?[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            members[i] = columns[i].ToMember(parts[i]);
        }

        return make(members);
    }
}
