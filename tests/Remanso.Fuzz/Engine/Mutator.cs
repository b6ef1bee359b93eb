using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Remanso.Fuzz.Engine;

/// <summary>Makes inputs of others. The same seed and corpus make the same inputs.</summary>
internal sealed class Mutator(FuzzTarget target, int seed)
{
    private const int MostSteps = 6;

    private static readonly byte[] _interesting = [0, 1, 9, 10, 13, 32, 34, 37, 44, 45, 48, 57, 58, 92, 127, 128, 192, 0xed, 254, 255];

    private static readonly long[] _numbers =
    [
        0,
        -1,
        1,
        127,
        128,
        255,
        256,
        1024,
        32767,
        65535,
        65536,
        int.MaxValue,
        int.MinValue,
        1L << 32,
        1L << 51,
        1L << 53,
        (1L << 53) + 1,
        long.MaxValue,
        long.MinValue,
    ];

    private readonly Random _random = new(seed);
    private readonly byte[][] _words = [.. target.Words.Select(Encoding.UTF8.GetBytes)];

    /// <summary>An input made of one of these, and sometimes of a second one.</summary>
    public byte[] Next(IReadOnlyList<byte[]> corpus)
    {
        var input = new List<byte>(corpus.Count == 0 ? [] : corpus[_random.Next(corpus.Count)]);
        for (var steps = 1 + _random.Next(MostSteps); steps > 0; steps--)
        {
            Step(input, corpus);
        }

        if (input.Count > target.MostBytes)
        {
            input.RemoveRange(target.MostBytes, input.Count - target.MostBytes);
        }

        return [.. input];
    }

    private void Step(List<byte> input, IReadOnlyList<byte[]> corpus)
    {
        var at = _random.Next(input.Count + 1);
        var (start, length) = (at, _random.Next(Math.Min(input.Count - at, 32) + 1));
        switch (_random.Next(10))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < input.Count:
                input[at] = (byte)_random.Next(256);
                break;
            case 2:
                input.Insert(at, _interesting[_random.Next(_interesting.Length)]);
                break;
            case 3:
                input.RemoveRange(start, length);
                break;
            case 4:
                input.InsertRange(_random.Next(input.Count + 1), input.GetRange(start, length));
                break;
            case 5 when _words.Length > 0:
                input.InsertRange(at, _words[_random.Next(_words.Length)]);
                break;
            case 6:
                input.RemoveRange(start, length);
                input.InsertRange(start, Number());
                break;
            case 7 when corpus.Count > 0:
                var other = corpus[_random.Next(corpus.Count)];
                var from = _random.Next(other.Length + 1);
                input.RemoveRange(at, input.Count - at);
                input.AddRange(other[from..]);
                break;
            case 8 when _random.Next(8) == 0:
                // Deep or long: the same again and again.
                var piece = input.GetRange(start, Math.Min(length, 8));
                for (var times = _random.Next(200); times > 0 && piece.Count > 0; times--)
                {
                    input.InsertRange(start, piece);
                }

                break;
            default:
                if (at < input.Count)
                {
                    input[at] = _interesting[_random.Next(_interesting.Length)];
                }

                break;
        }
    }

    private byte[] Number()
    {
        var number = _random.Next(4) == 0 ? _random.NextInt64(-100_000, 100_000) : _numbers[_random.Next(_numbers.Length)];
        var bytes = new byte[sizeof(long)];
        switch (_random.Next(5))
        {
            case 0:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)number);
                return bytes[..sizeof(int)];
            case 1:
                BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
                return bytes;
            case 2:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, _random.Next(4) == 0 ? double.NaN : number);
                return bytes;
            default:
                return Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
        }
    }
}
