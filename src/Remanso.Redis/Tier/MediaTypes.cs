using System.Text;

namespace Remanso.Redis.Tier;

/// <summary>Makes strings of media types; the few that a process sees are made once.</summary>
internal static class MediaTypes
{
    private const int Places = 64;

    private static readonly Known?[] _known = new Known?[Places];

    /// <summary>The media type; null where the bytes are empty.</summary>
    public static string? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return null;
        }

        // Cheap and good enough: types differ in length and in what they end with.
        ref var place = ref _known[((bytes.Length * 31) + bytes[^1] + (bytes[bytes.Length / 2] * 7)) % Places];
        var known = Volatile.Read(ref place);
        if (known is null || !bytes.SequenceEqual(known.Bytes))
        {
            known = new Known(bytes.ToArray(), Encoding.UTF8.GetString(bytes));
            Volatile.Write(ref place, known);
        }

        return known.Text;
    }

    private sealed record Known(byte[] Bytes, string Text);
}
