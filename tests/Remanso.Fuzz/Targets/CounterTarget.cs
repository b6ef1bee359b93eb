using System.Globalization;
using System.Text;
using Remanso.Entries;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>A number as a tier and a store hold it.</summary>
internal static class CounterTarget
{
    public static FuzzTarget Target { get; } =
        new("counter", Run) { Words = ["-", "+", "0", "9223372036854775807", "-9223372036854775808"], MostBytes = 64 };

    private static void Run(byte[] input)
    {
        var isNumber = CounterText.TryParse(input, out var number);
        var isSame =
            input.Length <= CounterText.MaxLength
            // The platform forgives zeros at the end.
            && !input.Contains((byte)0)
            && long.TryParse(Encoding.Latin1.GetString(input), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var same)
            && same == number;
        WrongAnswerException.Unless(isNumber == isSame, "a number to one and none to the other");
        WrongAnswerException.Unless(
            !isNumber || (CounterText.TryParse(CounterText.Format(number).Span, out var again) && again == number),
            "another number when it is written and read"
        );
    }
}
