using Remanso.Server.Commands;
using Remanso.Server.Commands.Remote.Transfer;

namespace Remanso.Server.Tests.Commands;

public sealed class LineReaderTests
{
    /// <summary>Wherever the input is cut into reads, and whatever is longer than one of them.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public async Task Lines_are_whole_however_they_arrive(int most)
    {
        string[] lines = ["a", "", new('x', 4095), new('y', 4096), new('z', 30_000), "\u00fc\u20ac", "end"];
        var terminal = new Terminal(
            TextWriter.Null,
            TextWriter.Null,
            Stream.Null,
            new Drops(Encoding.UTF8.GetBytes(string.Join('\n', lines)), most),
            static _ => null
        );
        using var reader = LineReader.Open("FILE", "-", terminal);

        List<string> read = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            read.Add(reader.Text);
            Assert.Equal(read.Count < lines.Length, reader.IsWhole);
        }

        Assert.Equal(lines, read);
        Assert.Equal(lines.Length, reader.Number);
    }

    private sealed class Drops(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
    }
}
