using Remanso.Server.Commands;
using Remanso.Server.Commands.Plan.Logs;

namespace Remanso.Server.Tests.Commands.Plan;

/// <summary>Whatever stands in a log, it is read or refused.</summary>
public sealed class LogFuzzTests
{
    private static readonly string[] _lines =
    [
        "time,key,op,bytes,cost\n",
        "1.5,\"a,\"\"b\"\"\",read,10,3.5\n",
        "2026-11-28T10:00:00Z,k,write,20,\n",
        "17643240001234,k,delete,,\r\n",
        "{\"time\":1,\"key\":\"k\\u00e9\",\"op\":\"absent\"}\n",
        "{\"key\":\"k\",\"op\":\"r\",\"time\":\"2026-11-28\",\"bytes\":5,\"x\":{\"y\":[null]}}\n",
        "# \n",
        "\n",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_damaged_log_is_read_but_for_its_bad_lines_or_refused(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            var log = Encoding.UTF8.GetBytes(
                string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => _lines[random.Next(_lines.Length)]))
            );
            for (var damage = random.Next(4); damage > 0; damage--)
            {
                log[random.Next(log.Length)] = (byte)random.Next(256);
            }

            using var stream = new MemoryStream(log, 0, random.Next(log.Length + 1));
            using var lines = new LogLines(stream);
            try
            {
                var trace = await new LogReader(lines, new BadLines(TextWriter.Null), unlessTold: 100).ReadAsync(
                    TestContext.Current.CancellationToken
                );

                Assert.All(trace.Calls, call => Assert.InRange(call.Micros, 0, (long)trace.Duration.TotalMicroseconds));
                Assert.InRange(trace.Calls.Length, 1, 8);
            }
            catch (UsageException refused)
            {
                Assert.NotEmpty(refused.Message);
            }
        }
    }
}
