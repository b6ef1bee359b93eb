using System.Buffers.Binary;

namespace Remanso.Sqlite.Journal;

// SQLite reads the log up to the first frame whose checksum is wrong, and takes that for its end, for a transaction
// that was under way at a power cut looks just so. Its last frame, which commits it, may be there all the same: until the
// one fsync has returned, the system writes the frames in any order. Where another transaction of the same generation
// stands behind it, it was not the end. The format: https://sqlite.org/fileformat2.html#the_write_ahead_log.

/// <summary>Looks whether a write-ahead log holds transactions that SQLite would pass over in silence.</summary>
internal static class WalInspection
{
    private const int HeaderLength = 32;
    private const int FrameHeaderLength = 24;
    private const uint Magic = 0x377f0682;

    /// <summary>Looks at the log of a database, which nobody has open.</summary>
    /// <param name="database">The database.</param>
    /// <param name="endIsKnown">Whether something else tells if the last transaction had been committed; otherwise it is
    /// taken for committed where its last frame is there.</param>
    /// <returns>What is damaged; null where nothing is, or there is no log.</returns>
    public static string? Inspect(string database, bool endIsKnown = false)
    {
        var path = database + "-wal";
        if (!File.Exists(path))
        {
            return null;
        }

        if (new FileInfo(database) is not { Exists: true, Length: > 0 })
        {
            return new FileInfo(path).Length > HeaderLength ? $"{path} is there without its database" : null;
        }

        using var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 18);
        Span<byte> header = stackalloc byte[HeaderLength];
        if (log.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength)
        {
            return null;
        }

        var magic = Word(header, 0);
        var pageSize = Word(header, 8);
        var isBigEndian = (magic & 1) == 1;
        var sum = (First: 0u, Second: 0u);
        if ((magic & ~1u) == Magic)
        {
            sum = Sum(sum, header[..24], isBigEndian);
        }

        if ((magic & ~1u) != Magic || sum != (Word(header, 24), Word(header, 28)) || pageSize is < 512 or > 65536)
        {
            return log.Length > HeaderLength + FrameHeaderLength ? $"the header of {path} can't be read" : null;
        }

        return InspectFrames(log, path, header[16..24], new byte[FrameHeaderLength + pageSize], sum, isBigEndian, endIsKnown ? 1 : 0);
    }

    private static string? InspectFrames(
        Stream log,
        string path,
        ReadOnlySpan<byte> salts,
        Span<byte> frame,
        (uint First, uint Second) sum,
        bool isBigEndian,
        int unreadAtMost
    )
    {
        var broken = 0;
        var unread = 0;
        for (var number = 1; log.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length; number++)
        {
            var isOfThisGeneration = frame.Slice(8, 8).SequenceEqual(salts);
            if (broken == 0)
            {
                sum = Sum(Sum(sum, frame[..8], isBigEndian), frame[FrameHeaderLength..], isBigEndian);
                if (isOfThisGeneration && sum == (Word(frame, 16), Word(frame, 20)))
                {
                    continue;
                }

                broken = number;
            }

            if (isOfThisGeneration && Word(frame, 4) != 0)
            {
                unread++;
            }
        }

        return unread <= unreadAtMost
            ? null
            : $"{path} is broken at frame {broken}; {unread} transactions there and behind it can't be read";
    }

    private static (uint First, uint Second) Sum((uint First, uint Second) sum, ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        for (var i = 0; i < bytes.Length; i += 8)
        {
            sum.First += (isBigEndian ? Word(bytes, i) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[i..])) + sum.Second;
            sum.Second += (isBigEndian ? Word(bytes, i + 4) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i + 4)..])) + sum.First;
        }

        return sum;
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
}
