using System.Text;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

public sealed class RespScannerTests
{
    public static TheoryData<string> WholeReplies() =>
        [
            "+OK\r\n",
            "+\r\n",
            "-ERR no\r\n",
            ":42\r\n",
            ":-1\r\n",
            "$5\r\nhello\r\n",
            "$0\r\n\r\n",
            "$-1\r\n",
            "*-1\r\n",
            "*0\r\n",
            "*2\r\n$1\r\na\r\n:1\r\n",
            "_\r\n",
            ",3.25\r\n",
            ",inf\r\n",
            "#t\r\n",
            "#f\r\n",
            "(3492890328409238509324850943850943\r\n",
            "!5\r\nERR x\r\n",
            "=7\r\ntxt:abc\r\n",
            "%1\r\n+k\r\n:1\r\n",
            "~2\r\n+a\r\n+b\r\n",
            ">2\r\n+message\r\n+x\r\n",
            "|1\r\n+ttl\r\n:3600\r\n$1\r\nv\r\n",
            "*2\r\n|1\r\n+k\r\n*1\r\n:1\r\n:1\r\n:2\r\n",
            "|0\r\n:7\r\n",
            "%0\r\n",
            "~0\r\n",
            "*3\r\n*1\r\n*1\r\n*0\r\n$2\r\n\r\n\r\n*-1\r\n",
            "|1\r\n+a\r\n+b\r\n|1\r\n+c\r\n+d\r\n+e\r\n",
        ];

    [Theory]
    [MemberData(nameof(WholeReplies))]
    public void A_reply_is_found_whole_however_it_is_cut(string reply)
    {
        var bytes = Encoding.ASCII.GetBytes(reply + "+next\r\n");
        for (var first = 0; first < reply.Length; first++)
        {
            for (var second = first; second < reply.Length; second++)
            {
                var scanner = new RespScanner(RespLimits.Default);
                Assert.Equal(0, scanner.Scan(bytes.AsSpan(0, first)));
                Assert.Equal(0, scanner.Scan(bytes.AsSpan(0, second)));
                Assert.Equal(reply.Length, scanner.Scan(bytes));
                Assert.Equal("+next\r\n".Length, scanner.Scan(bytes.AsSpan(reply.Length)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(WholeReplies))]
    public void The_reader_skips_what_the_scanner_found(string reply)
    {
        var reader = new RespReader(Encoding.ASCII.GetBytes(reply));
        reader.Skip();
        Assert.Equal(RespType.None, reader.Type);
    }

    [Theory]
    [InlineData("x\r\n")]
    [InlineData("\r\n")]
    [InlineData("+a\rb\r\n")]
    [InlineData("$x\r\n")]
    [InlineData("$\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("$3\r\nabcd\r\n")]
    [InlineData("$2147483648\r\n")]
    [InlineData("$999999999999999999999\r\n")]
    [InlineData("$?\r\n")]
    [InlineData("*?\r\n")]
    [InlineData("*-2\r\n")]
    [InlineData("%-1\r\n")]
    [InlineData("~-1\r\n")]
    [InlineData("!-1\r\n")]
    [InlineData("=3\r\ntxt\r\n")]
    [InlineData("_x\r\n")]
    [InlineData("#x\r\n")]
    [InlineData("#tt\r\n")]
    [InlineData(">0\r\n")]
    [InlineData("*1\r\n>1\r\n+x\r\n")]
    [InlineData("*2000000000\r\n")]
    public void What_is_not_RESP_is_refused(string bytes) =>
        Assert.Throws<RespProtocolException>(() => new RespScanner(RespLimits.Default).Scan(Encoding.ASCII.GetBytes(bytes)));

    [Fact]
    public void Nesting_has_a_limit()
    {
        static byte[] Nested(int levels) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", levels)) + ":1\r\n");

        var deepest = Nested(RespLimits.MaxDepth);
        Assert.Equal(deepest.Length, new RespScanner(RespLimits.Default).Scan(deepest));
        Assert.Throws<RespProtocolException>(() => new RespScanner(RespLimits.Default).Scan(Nested(RespLimits.MaxDepth + 1)));
    }

    [Fact]
    public void A_reply_has_a_longest_length_announced_or_not()
    {
        var limits = new RespLimits { MaxReplyBytes = 100 };
        Assert.Throws<RespProtocolException>(() => new RespScanner(limits).Scan("$101\r\n"u8));
        Assert.Throws<RespProtocolException>(() => new RespScanner(limits).Scan(Encoding.ASCII.GetBytes("*90\r\n" + new string('+', 100))));
    }

    [Fact]
    public void A_line_without_end_is_refused() =>
        Assert.Throws<RespProtocolException>(() =>
            new RespScanner(RespLimits.Default).Scan(Encoding.ASCII.GetBytes("+" + new string('a', 70_000)))
        );

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Hostile_bytes_end_in_a_refusal_or_in_waiting_and_allocate_nothing(int seed)
    {
        const string alphabet = "+-:$*_,#(!=%~|>?0123456789\r\n\r\n\r\nabt";
        var random = new Random(seed);
        var bytes = new byte[200];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 20_000; round++)
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = round % 2 == 0 ? (byte)random.Next(256) : (byte)alphabet[random.Next(alphabet.Length)];
            }
            Mutate(random, bytes, round);
            Walk(bytes, random.Next(1, bytes.Length));
        }
        // Exceptions cost about a kilobyte each; nothing may cost what a peer announces.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000 * 8_192);
    }

    private static void Mutate(Random random, byte[] bytes, int round)
    {
        if (round % 4 != 3)
        {
            return;
        }
        // A sound reply with a few bytes changed goes deeper than noise does.
        var sound = Encoding.ASCII.GetBytes("*3\r\n$5\r\nhello\r\n%1\r\n+k\r\n*2\r\n:1\r\n|1\r\n+a\r\n+b\r\n$-1\r\n~1\r\n=5\r\ntxt:x\r\n");
        sound.CopyTo(bytes, 0);
        for (var changes = random.Next(4); changes > 0; changes--)
        {
            bytes[random.Next(sound.Length)] = (byte)random.Next(256);
        }
    }

    private static void Walk(ReadOnlySpan<byte> bytes, int cut)
    {
        var scanner = new RespScanner(RespLimits.Default);
        try
        {
            var length = scanner.Scan(bytes[..cut]);
            for (length = length == 0 ? scanner.Scan(bytes) : length; length > 0; length = scanner.Scan(bytes))
            {
                var reader = new RespReader(bytes[..length]);
                try
                {
                    reader.Skip();
                }
                catch (InvalidDataException)
                {
                    // An attribute without a value behind it inside an aggregate: refused by the reader.
                }
                bytes = bytes[length..];
            }
        }
        catch (RespProtocolException)
        {
            // Refused.
        }
    }
}
