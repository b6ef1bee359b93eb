using Remanso.Entries;

namespace Remanso.Sql.Tables;

/// <summary>A column of a mapped table that holds a part of the key or of the value.</summary>
internal sealed class ColumnMapping
{
    private readonly ColumnConversion _conversion;

    internal ColumnMapping(string name, MappedMember member, ColumnConversion conversion)
    {
        Name = name;
        Member = member;
        _conversion = conversion;
    }

    /// <summary>The column's name, as the database has it.</summary>
    public string Name { get; }

    /// <summary>The type in which its values travel.</summary>
    public ColumnKind Kind => _conversion.Kind;

    /// <summary>Whether the column may hold NULL, as far as is known: the table tells when it is described.</summary>
    internal bool TakesNull => Described?.IsNullable ?? true;

    /// <summary>What the table says of the column; null until it is described.</summary>
    internal TableColumn? Described { get; private set; }

    /// <summary>What the column is read from and into.</summary>
    internal MappedMember Member { get; }

    /// <summary>Learns what the table says of the column.</summary>
    internal void Describe(TableColumn column) => Described = column;

    /// <summary>Whether a text is longer than the column. Where all that is too much are blanks, databases cut it off
    /// and take it: of a key there would be another one's row.</summary>
    internal bool IsTooShortFor(object? stored) =>
        stored is string text && Described?.MaxLength is { } most && text.Length > most && text.EnumerateRunes().Count() > most;

    /// <summary>The column's value of an object, in the type of <see cref="Kind"/>, or null.</summary>
    /// <exception cref="FormatException">As of <see cref="ToStored"/>.</exception>
    internal object? Read(object owner) => ToStored(Member.Get(owner));

    /// <summary>The column's value of a value of the member.</summary>
    /// <exception cref="FormatException">It can't be converted, or is text that is no Unicode.</exception>
    internal object? ToStored(object? value)
    {
        var stored = value is null || _conversion.ToStored is null ? value : Convert(value, _conversion.ToStored);
        return stored is string text && !UnicodeText.IsWhole(text)
            ? throw new FormatException($"{Member} has a lone surrogate, which the column '{Name}' can't hold")
            : stored;
    }

    private object? Convert(object value, Func<object, object?> convert)
    {
        try
        {
            return convert(value);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Converters of the application throw what they like.
            throw new FormatException($"{Member} can't be converted for the column '{Name}': {exception.Message.TrimEnd('.')}", exception);
        }
    }

    /// <summary>The member's value of a value of the column.</summary>
    /// <exception cref="FormatException">It is null, or can't be converted.</exception>
    internal object? ToMember(object? stored)
    {
        if (stored is null)
        {
            return Member.AcceptsNull ? null : throw new FormatException($"The column '{Name}' is NULL, but {Member} can't be null.");
        }

        if (_conversion.FromStored is null)
        {
            return stored;
        }

        try
        {
            return _conversion.FromStored(stored);
        }
        catch (Exception exception)
            when (exception is ArgumentException or OverflowException or InvalidCastException or IndexOutOfRangeException)
        {
            // Neither what is there nor what the conversion says of it: both would be in the log.
            throw new FormatException(
                $"The column '{Name}' holds a {stored.GetType().Name} that is no {Member} ({exception.GetType().Name}).",
                exception
            );
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
