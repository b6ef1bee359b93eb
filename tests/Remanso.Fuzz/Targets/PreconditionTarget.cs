using Remanso.AspNetCore.Http;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>The fields If-Match and If-None-Match: a line for each field, the last one for the place where a watch goes on.</summary>
internal static class PreconditionTarget
{
    public static FuzzTarget Target { get; } =
        new("precondition", Run) { Words = ["\"", "W/", "*", "\"1763757600000000\"", ", ", "\n", "1a-7"], MostBytes = 512 };

    private static void Run(byte[] input)
    {
        var lines = Requests.Lines(input);
        var request = Requests.New();
        if (lines[0].Length > 0)
        {
            request.Headers.IfMatch = lines[0];
        }

        if (lines.Length > 1)
        {
            request.Headers.IfNoneMatch = lines[1..];
        }

        Requests.Refusable(() => Preconditions.Of(request));
        WrongAnswerException.Unless(
            !EntityTag.MatchesWeakly(request.Headers.IfNoneMatch, EntityTag.Of(7)) || input.AsSpan().ContainsAny("*7"u8),
            "a tag that nobody named"
        );
        if (WatchPosition.TryParse(lines[^1], out var position))
        {
            WrongAnswerException.Unless(
                WatchPosition.TryParse(position.ToString(), out var again) && again == position,
                "another position when it is written and read"
            );
        }
    }
}
