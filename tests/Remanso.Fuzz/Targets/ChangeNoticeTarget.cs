using System.Text;
using Remanso.Fuzz.Engine;
using Remanso.Postgres;

namespace Remanso.Fuzz.Targets;

/// <summary>A notice of PostgreSQL: anybody may send one.</summary>
internal static class ChangeNoticeTarget
{
    public static FuzzTarget Target { get; } =
        new("change-notice", Run)
        {
            Words = ["{\"cache\":\"c\",\"key\":\"k\"}", "\"cache\":", "\"key\":", "null", "\\ud800", "{", "}"],
            MostBytes = 1024,
        };

    private static void Run(byte[] input)
    {
        if (ChangeNotice.TryParse(Encoding.UTF8.GetString(input), out var notice))
        {
            WrongAnswerException.Unless(notice.Cache is not null || notice.Key is null, "a key of no cache");
        }
    }
}
