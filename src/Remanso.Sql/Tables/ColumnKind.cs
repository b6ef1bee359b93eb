namespace Remanso.Sql.Tables;

/// <summary>The types in which values travel to and from a column of a mapped table.</summary>
internal enum ColumnKind
{
    /// <summary><see cref="bool"/>.</summary>
    Boolean,

    /// <summary><see cref="short"/>; <see cref="byte"/> and <see cref="sbyte"/> travel so, too.</summary>
    SmallInteger,

    /// <summary><see cref="int"/>; <see cref="ushort"/> travels so, too.</summary>
    PlainInteger,

    /// <summary><see cref="long"/>; <see cref="uint"/> travels so, too.</summary>
    LongInteger,

    /// <summary><see cref="float"/>.</summary>
    Real,

    /// <summary><see cref="double"/>.</summary>
    DoubleReal,

    /// <summary><see cref="decimal"/>; <see cref="ulong"/> travels so, too.</summary>
    Number,

    /// <summary><see cref="string"/>; <see cref="char"/> travels so, too.</summary>
    Text,

    /// <summary><see cref="System.Guid"/>.</summary>
    Uuid,

    /// <summary><see cref="DateOnly"/>.</summary>
    Date,

    /// <summary><see cref="TimeOnly"/>.</summary>
    Time,

    /// <summary><see cref="System.DateTime"/>.</summary>
    Timestamp,

    /// <summary><see cref="System.DateTimeOffset"/>: a moment; databases without offsets give it back in UTC.</summary>
    Moment,

    /// <summary><see cref="TimeSpan"/>.</summary>
    Duration,

    /// <summary><c>byte[]</c>; <see cref="ReadOnlyMemory{T}"/> of bytes travels so, too.</summary>
    Bytes,
}
