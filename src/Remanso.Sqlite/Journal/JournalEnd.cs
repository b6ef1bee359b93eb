using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace Remanso.Sqlite.Journal;

// A write-ahead log that lost its end looks as one does after a power cut within a transaction, so SQLite says nothing.
// Each transaction counts itself in the journal, and is counted here once it is committed: where more were counted here
// than the journal has, they are missing. The file is not synced: after a power cut it may have counted fewer, never
// more.

/// <summary>The file <c>PATH.end</c>: where the journal ended when its last transaction was committed.</summary>
internal sealed class JournalEnd : IDisposable
{
    private const int Length = 32;

    private readonly SafeFileHandle _file;
    private readonly byte[] _bytes = new byte[Length];

    private JournalEnd(SafeFileHandle file) => _file = file;

    public static JournalEnd Open(string journal) =>
        new(File.OpenHandle(PathOf(journal), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete));

    /// <summary>What was noted last; null where nothing is, or nothing whole.</summary>
    public static JournalMark? Read(string journal)
    {
        if (!File.Exists(PathOf(journal)))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(PathOf(journal));
        if (bytes.Length != Length)
        {
            return null;
        }

        var mark = new JournalMark(Number(bytes, 0), Number(bytes, 8), Number(bytes, 16));
        return Number(bytes, 24) == SumOf(mark) ? mark : null;
    }

    /// <summary>Whether there is something that is no note. Nothing, or zeros, is what a power cut leaves of a new one.</summary>
    public static bool IsUnreadable(string journal) =>
        File.Exists(PathOf(journal)) && Read(journal) is null && File.ReadAllBytes(PathOf(journal)).AsSpan().ContainsAnyExcept((byte)0);

    public void Write(JournalMark mark)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes, mark.Id);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(8), mark.Commits);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(16), mark.Changes);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(24), SumOf(mark));
        RandomAccess.Write(_file, _bytes, fileOffset: 0);
    }

    public void Dispose() => _file.Dispose();

    private static string PathOf(string journal) => journal + ".end";

    private static long SumOf(JournalMark mark) =>
        BitOperations.Crc32C(
            BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, (ulong)mark.Id), (ulong)mark.Commits),
            (ulong)mark.Changes
        );

    private static long Number(byte[] bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
}
