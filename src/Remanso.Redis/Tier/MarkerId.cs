using System.Buffers.Text;
using System.Globalization;

namespace Remanso.Redis.Tier;

/// <summary>The ids of markers and dead letters in their streams: <c>MICROSECONDS-0</c>, given by the scripts, growing
/// in each partition.</summary>
internal static class MarkerId
{
    /// <summary>The number before the dash.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static long Read(ReadOnlySpan<byte> id) =>
        Utf8Parser.TryParse(id, out long number, out var length) && length < id.Length && id[length] == (byte)'-'
            ? number
            : throw new InvalidDataException("A stream of the tier has an id that is no number.");

    /// <summary>Where a range begins that goes on behind an id.</summary>
    public static string After(long id) => string.Create(CultureInfo.InvariantCulture, $"({id}-0");
}
