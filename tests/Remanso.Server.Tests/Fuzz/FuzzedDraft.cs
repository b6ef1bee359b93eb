using System.Globalization;

namespace Remanso.Server.Tests.Fuzz;

/// <summary>A request that is being made.</summary>
internal sealed class FuzzedDraft(string method, string path)
{
    public string Method => method;

    public List<string> Query { get; } = [];

    public List<string> Headers { get; } = [];

    public HashSet<int> Faults { get; } = [];

    public byte[]? Body { get; set; }

    public bool BadChunk { get; set; }

    /// <summary>Notes a status that it must get where something is wrong with it.</summary>
    public void Fault(bool isWrong, int status)
    {
        if (isWrong)
        {
            Faults.Add(status);
        }
    }

    /// <summary>Gives it a body, now and then a wrong one.</summary>
    public void Fill(Random random, string body, bool isJson)
    {
        Body = Encoding.UTF8.GetBytes(body);
        if (isJson && random.Next(10) == 0)
        {
            (Body, var status) = random.Next(4) switch
            {
                0 => (Body[..^1], 400),
                1 => ("\u00ff\u00fe{}"u8.ToArray()[1..], 400),
                2 => ([.. Body, (byte)'x'], 400),
                _ => (Encoding.UTF8.GetBytes(new string('[', 65)), 400),
            };
            Faults.Add(status);
        }
        else if (random.Next(25) == 0)
        {
            BadChunk = true;
            Faults.Add(400);
        }
    }

    public byte[] Write(Random random)
    {
        using var bytes = new MemoryStream();
        var head = $"{method} {path}{(Query.Count > 0 ? "?" + string.Join('&', Query) : "")} HTTP/1.1\r\nHost: localhost\r\n";
        head += string.Concat(Headers.Select(static header => header + "\r\n"));
        var isChunked = BadChunk || (Body is not null && random.Next(3) == 0);
        head +=
            Body is null ? "\r\n"
            : isChunked ? "Transfer-Encoding: chunked\r\n\r\n"
            : $"Content-Length: {Body.Length}\r\n\r\n";
        bytes.Write(Encoding.Latin1.GetBytes(head));
        if (Body is null || !isChunked)
        {
            bytes.Write(Body ?? []);
            return bytes.ToArray();
        }

        var at = 0;
        while (at < Body.Length)
        {
            var length = Math.Min(random.Next(1, 2000), Body.Length - at);
            bytes.Write(Encoding.ASCII.GetBytes(length.ToString(random.Next(2) == 0 ? "x" : "X", CultureInfo.InvariantCulture) + "\r\n"));
            bytes.Write(Body.AsSpan(at, length));
            bytes.Write("\r\n"u8);
            at += length;
        }

        bytes.Write(BadChunk ? "zz\r\n\r\n"u8 : "0\r\n\r\n"u8);
        return bytes.ToArray();
    }
}
