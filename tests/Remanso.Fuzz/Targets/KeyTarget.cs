using System.Runtime.InteropServices;
using System.Text;
using Remanso.Entries;
using Remanso.Fuzz.Engine;
using Remanso.Tiers;

namespace Remanso.Fuzz.Targets;

/// <summary>Keys, tags and media types: as UTF-8, and as UTF-16 with half characters in it.</summary>
internal static class KeyTarget
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static FuzzTarget Target { get; } =
        new("key", Run) { Words = ["user:42", "\uD83D\uDE00", "é", "\u0085", "\0", "\u007f"], MostBytes = 2048 };

    private static void Run(byte[] input)
    {
        Check(Encoding.UTF8.GetString(input));
        Check(MemoryMarshal.Cast<byte, char>(input).ToString());
    }

    private static void Check(string text)
    {
        if (CacheKey.IsValid(text))
        {
            CheckText(text, CacheKey.MaxBytes);
            WrongAnswerException.Unless(Partition.Of(text, 64) is >= 0 and < 64, "a partition that there is not");
        }

        if (CacheTag.IsValid(text))
        {
            CheckText(text, CacheTag.MaxBytes);
        }

        try
        {
            CacheTag.Validate(text);
        }
        catch (InvalidTagException error)
        {
            WrongAnswerException.Unless(!error.Message.Any(char.IsControl), "control characters in an error");
        }

        WrongAnswerException.Unless(
            !ContentType.IsValid(text) || text.All(static letter => letter is >= ' ' and <= '~'),
            "no field of HTTP"
        );
    }

    private static void CheckText(string text, int most)
    {
        var bytes = _strict.GetBytes(text);
        WrongAnswerException.Unless(
            bytes.Length > 0 && bytes.Length <= most && !text.Any(char.IsControl),
            "too long, empty, or with control characters"
        );
        WrongAnswerException.Unless(_strict.GetString(bytes) == text, "no Unicode text");
    }
}
