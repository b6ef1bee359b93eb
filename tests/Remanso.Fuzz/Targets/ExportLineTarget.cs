using System.Text;
using Remanso.Fuzz.Engine;
using Remanso.Server.Commands.Remote.Transfer;

namespace Remanso.Fuzz.Targets;

/// <summary>A line of an export, as <c>remanso import</c> reads it.</summary>
internal static class ExportLineTarget
{
    public static FuzzTarget Target { get; } =
        new("export-line", Run)
        {
            Words =
            [
                "{\"key\":\"a\",\"value\":\"b\"}",
                "\"key\":",
                "\"value\":",
                "\"contentType\":",
                "\"encoding\":\"base64\"",
                "\"tags\":[\"a\"]",
                "\\ud800",
                "null",
                "AQID",
                ",",
            ],
        };

    private static void Run(byte[] input)
    {
        try
        {
            EntryLine.Parse(Encoding.UTF8.GetString(input));
        }
        catch (FormatException)
        {
            // What is wrong with it.
        }
    }
}
