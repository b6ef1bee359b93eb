using System.Globalization;

namespace Remanso.Sql.Tables;

/// <summary>How a member's values become values of a column and back; null stays null and is not asked about.</summary>
/// <param name="Kind">The type in which they travel.</param>
/// <param name="ToStored">Member to column; null where they are the same.</param>
/// <param name="FromStored">Column to member; null where they are the same.</param>
internal sealed record ColumnConversion(ColumnKind Kind, Func<object, object?>? ToStored = null, Func<object, object?>? FromStored = null)
{
    private static readonly Dictionary<Type, ColumnConversion> _known = new()
    {
        [typeof(bool)] = new(ColumnKind.Boolean),
        [typeof(short)] = new(ColumnKind.SmallInteger),
        [typeof(int)] = new(ColumnKind.PlainInteger),
        [typeof(long)] = new(ColumnKind.LongInteger),
        [typeof(float)] = new(ColumnKind.Real),
        [typeof(double)] = new(ColumnKind.DoubleReal),
        [typeof(decimal)] = new(ColumnKind.Number),
        [typeof(string)] = new(ColumnKind.Text),
        [typeof(Guid)] = new(ColumnKind.Uuid),
        [typeof(DateOnly)] = new(ColumnKind.Date),
        [typeof(TimeOnly)] = new(ColumnKind.Time),
        [typeof(DateTime)] = new(ColumnKind.Timestamp),
        [typeof(DateTimeOffset)] = new(ColumnKind.Moment),
        [typeof(TimeSpan)] = new(ColumnKind.Duration),
        [typeof(byte[])] = new(ColumnKind.Bytes),
        [typeof(ReadOnlyMemory<byte>)] = new(
            ColumnKind.Bytes,
            static value => ((ReadOnlyMemory<byte>)value).ToArray(),
            static value => new ReadOnlyMemory<byte>((byte[])value)
        ),
        [typeof(byte)] = new(ColumnKind.SmallInteger, static value => (short)(byte)value, static value => checked((byte)(short)value)),
        [typeof(sbyte)] = new(ColumnKind.SmallInteger, static value => (short)(sbyte)value, static value => checked((sbyte)(short)value)),
        [typeof(ushort)] = new(ColumnKind.PlainInteger, static value => (int)(ushort)value, static value => checked((ushort)(int)value)),
        [typeof(uint)] = new(ColumnKind.LongInteger, static value => (long)(uint)value, static value => checked((uint)(long)value)),
        [typeof(ulong)] = new(ColumnKind.Number, static value => (decimal)(ulong)value, static value => ToUnsigned((decimal)value)),
        [typeof(char)] = new(ColumnKind.Text, static value => ((char)value).ToString(), static value => ToLetter((string)value)),
    };

    /// <summary>The conversion of a type that needs no converter; enums travel as their numbers.</summary>
    /// <returns>Null where it needs one.</returns>
    public static ColumnConversion? Of(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (!type.IsEnum)
        {
            return _known.GetValueOrDefault(type);
        }

        var underlying = Enum.GetUnderlyingType(type);
        var number = _known[underlying];
        return new ColumnConversion(
            number.Kind,
            value =>
            {
                var plain = Convert.ChangeType(value, underlying, CultureInfo.InvariantCulture);
                return number.ToStored is null ? plain : number.ToStored(plain);
            },
            value => Enum.ToObject(type, number.FromStored is null ? value : number.FromStored(value)!)
        );
    }

    // A part of what the column holds would be written back over the whole.
    private static ulong ToUnsigned(decimal number) =>
        decimal.IsInteger(number) ? (ulong)number : throw new OverflowException("A number has a fraction.");

    private static char ToLetter(string text) =>
        text is [var only] ? only : throw new OverflowException("A text has not exactly one letter.");

    /// <summary>Enums as their names.</summary>
    public static ColumnConversion EnumAsText(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return new ColumnConversion(ColumnKind.Text, static value => value.ToString(), value => Enum.Parse(type, (string)value));
    }

    /// <summary>First a converter of the user's, then what the type that it yields needs; null where that is no type of a column.</summary>
    public static ColumnConversion? Through(Type stored, Func<object?, object?> toStored, Func<object?, object?> fromStored)
    {
        if (Of(stored) is not { } rest)
        {
            return null;
        }

        return new ColumnConversion(
            rest.Kind,
            value => toStored(value) is { } converted ? (rest.ToStored is null ? converted : rest.ToStored(converted)) : null,
            value => fromStored(rest.FromStored is null ? value : rest.FromStored(value))
        );
    }
}
