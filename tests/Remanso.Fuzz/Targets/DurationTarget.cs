using System.Text;
using Remanso.Common;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>A span of time in a query or a setting.</summary>
internal static class DurationTarget
{
    public static FuzzTarget Target { get; } =
        new("duration", Run)
        {
            Words = ["ms", "s", "m", "h", "d", "PT", "P1D", "T", "Y", ":", ".", "-", "00:05:00", "10675199", "922337203685"],
            MostBytes = 256,
        };

    private static void Run(byte[] input)
    {
        if (DurationText.TryParse(Encoding.UTF8.GetString(input), out var duration))
        {
            WrongAnswerException.Unless(
                DurationText.TryParse(DurationText.Format(duration), out var again) && again == duration,
                "another span when it is written and read"
            );
        }
    }
}
