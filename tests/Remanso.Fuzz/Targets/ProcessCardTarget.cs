using System.Text;
using Remanso.Fuzz.Engine;
using Remanso.Processes;

namespace Remanso.Fuzz.Targets;

/// <summary>What other processes say of themselves in a tier.</summary>
internal static class ProcessCardTarget
{
    private const int Partitions = 64;

    public static FuzzTarget Target { get; } =
        new("process-card", Run)
        {
            Words =
            [
                "{\"role\":\"all\"}",
                "\"held\":\"0-63\"",
                "\"number\":",
                "\"startedAt\":",
                "\"flushes\":true",
                "\"beatMs\":",
                "0-31,40",
                "-",
                ",",
                "2147483647",
                "\\ud800",
            ],
            MostBytes = 1024,
        };

    private static void Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var held = PartitionText.Read(ProcessCard.Read(text)?.Held ?? text, Partitions);
        WrongAnswerException.Unless(held.All(static partition => partition is >= 0 and < Partitions), "a partition that there is not");
        WrongAnswerException.Unless(
            held.SequenceEqual(PartitionText.Read(PartitionText.Of(held), Partitions)),
            "others when they are written and read"
        );
    }
}
