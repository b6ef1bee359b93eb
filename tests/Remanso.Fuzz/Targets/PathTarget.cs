using System.Text;
using Remanso.AspNetCore.Http;
using Remanso.Client.Http;
using Remanso.Entries;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>A key in a path: whatever the client writes the server reads, and escapes of any kind are read or refused.</summary>
internal static class PathTarget
{
    public static FuzzTarget Target { get; } =
        new("path", Run) { Words = ["%2F", "%25", "%", "..", ".", "/", "é", "%C3%A9", "%ff", "+", ":", "%00"], MostBytes = 1024 };

    private static void Run(byte[] input)
    {
        // A request target is ASCII: the server refuses others before.
        var sent = Encoding.ASCII.GetString(input);
        Requests.Refusable(() => PercentEncoding.Decode(sent));
        var key = Encoding.UTF8.GetString(input);
        if (CacheKey.IsValid(key))
        {
            WrongAnswerException.Unless(PercentEncoding.Decode(ApiPath.Segment(key)) == key, "another key when it is sent and read");
        }
    }
}
