using Remanso.Fuzz.Engine;
using Remanso.Sqlite.Journal;

namespace Remanso.Fuzz.Targets;

/// <summary>The write-ahead log of a journal, and the note of where the journal ended.</summary>
internal static class JournalLogTarget
{
    public static FuzzTarget Target { get; } = new("journal-log", Run) { MostBytes = 16 << 10, Mutations = 500 };

    private static void Run(byte[] input)
    {
        var folder = TempFolders.New();
        try
        {
            var path = Path.Combine(folder.FullName, "journal");
            File.WriteAllBytes(path, [1]);
            File.WriteAllBytes(path + "-wal", input);
            File.WriteAllBytes(path + ".end", input);
            WalInspection.Inspect(path);
            JournalEnd.Read(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
