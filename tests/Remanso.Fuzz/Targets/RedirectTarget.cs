using System.Text;
using Remanso.Fuzz.Engine;
using Remanso.Redis.Resp.Topology;
using Remanso.Redis.Tier;

namespace Remanso.Fuzz.Targets;

/// <summary>Where a cluster's error sends a command, and the ids of markers.</summary>
internal static class RedirectTarget
{
    private static readonly RedisEndPoint _asked = new("127.0.0.1", 6379);

    public static FuzzTarget Target { get; } =
        new("redirect", Run) { Words = ["MOVED ", "ASK ", "3999 ", "127.0.0.1:6381", "::1:", "16383", "16384", ":", "-0"] };

    private static void Run(byte[] input)
    {
        if (Redirect.TryParse(Encoding.UTF8.GetString(input), _asked, out var redirect))
        {
            WrongAnswerException.Unless(redirect.Slot is >= 0 and < HashSlot.Count, "a slot that there is not");
            WrongAnswerException.Unless(redirect.To.Host.Length > 0, "nowhere");
            WrongAnswerException.Unless(redirect.To.Port is >= 0 and <= 65_535, "a port that there is not");
        }

        WrongAnswerException.Unless(HashSlot.Of(input.AsSpan()) is >= 0 and < HashSlot.Count, "a slot that there is not");
        try
        {
            MarkerId.Read(input);
        }
        catch (InvalidDataException)
        {
            // No id.
        }
    }
}
