using System.Buffers.Text;

namespace Remanso.Entries;

/// <summary>Counters as the tier and the store hold them: whole numbers of 64 bits as decimal text, so that everybody
/// can read them.</summary>
internal static class CounterText
{
    /// <summary>The longest text that is taken for a number; leading zeros may fill it.</summary>
    public const int MaxLength = 32;

    /// <summary>Reads a number: digits, with a sign or without, nothing around them.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        return text.Length <= MaxLength && Utf8Parser.TryParse(text, out number, out var consumed) && consumed == text.Length;
    }

    /// <summary>The text of a number, without leading zeros.</summary>
    public static ReadOnlyMemory<byte> Format(long number)
    {
        var text = new byte[20];
        Utf8Formatter.TryFormat(number, text, out var length);
        return text.AsMemory(0, length);
    }
}
