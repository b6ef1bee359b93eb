using Remanso.Fuzz.Engine;
using Remanso.Server.Commands;
using Remanso.Server.Commands.Plan.Logs;

namespace Remanso.Fuzz.Targets;

/// <summary>A log of calls that somebody gives to <c>remanso plan</c>.</summary>
internal static class TraceLogTarget
{
    public static FuzzTarget Target { get; } =
        new("trace-log", Run)
        {
            Words =
            [
                "time,key,op,bytes,cost\n",
                "1.5,user:42,read,120,3.5\n",
                "\"",
                "\"\"",
                ",",
                "\n",
                "\r\n",
                "#",
                "\uFEFF",
                "{\"time\":1,\"key\":\"a\",\"op\":\"read\"}\n",
                "\"bytes\":",
                "\"cost\":",
                "write",
                "absent",
                "delete",
                "2026-01-01T00:00:00Z",
                "1e30",
                "NaN",
                "0001-01-01",
                "9999-12-31T23:59:59Z",
                "\\ud800",
            ],
            Mutations = 1000,
        };

    private static void Run(byte[] input)
    {
        using var lines = new LogLines(new MemoryStream(input));
        try
        {
            var read = new LogReader(lines, new BadLines(TextWriter.Null), unlessTold: 100).ReadAsync(CancellationToken.None);
            var trace = read.GetAwaiter().GetResult();
            WrongAnswerException.Unless(trace.Reads + trace.Writes + trace.Deletes == trace.Calls.Length, "calls that are of no kind");
            WrongAnswerException.Unless(trace.Calls.All(static call => call.Micros >= 0), "a call before the first one");
            WrongAnswerException.Unless(trace.Duration >= TimeSpan.Zero && trace.Footprint > 0, "a time or size below nothing");
        }
        catch (UsageException)
        {
            // What the user is told.
        }
    }
}
