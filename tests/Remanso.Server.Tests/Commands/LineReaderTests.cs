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

    [Fact]
    public async Task A_line_without_an_end_in_sight_is_told_before_it_is_held_whole_and_can_be_read_past()
    {
        using Endless stream = new();
        using var reader = new LineReader(stream, length: null, longest: 1 << 20);

        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));

        Assert.Equal("it is longer than 1 MiB", Assert.Throws<FormatException>(() => reader.Text).Message);
        Assert.InRange(stream.Given, 1 << 20, 2 << 20);
        stream.Rest = Encoding.UTF8.GetBytes("...\nnext\nlast");
        List<string> read = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            read.Add(reader.Number + reader.Text);
        }

        Assert.Equal(["2next", "3last"], read);
    }

    /// <summary>A line that goes on until it gets a rest.</summary>
    private sealed class Endless : MemoryStream
    {
        private int _at;

        public long Given { get; private set; }

        public byte[]? Rest { get; set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var given = Rest is { } rest ? rest.AsMemory(_at, Math.Min(rest.Length - _at, buffer.Length)) : new byte[buffer.Length];
            given.CopyTo(buffer);
            _at += Rest is null ? 0 : given.Length;
            Given += given.Length;
            return ValueTask.FromResult(given.Length);
        }
    }

    private sealed class Drops(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
    }
}
