using Remanso.Fuzz.Engine;
using Remanso.Sqlite;
using Remanso.Tiers;

namespace Remanso.Fuzz.Targets;

/// <summary>A journal whose file is damaged: it opens with what can be read of it, or is refused for what its file is. A row that can't be
/// read is no reason.</summary>
internal static class JournalTarget
{
    public static FuzzTarget Target { get; } =
        new("journal", Run)
        {
            Words = ["cache", "key", "dirty", "versions", "text/plain", "red\nblue"],
            MostBytes = 64 << 10,
            Mutations = 40,
        };

    private static void Run(byte[] input)
    {
        var folder = TempFolders.New();
        try
        {
            var path = Path.Combine(folder.FullName, "journal");
            File.WriteAllBytes(path, input);
            Open(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Open(string path)
    {
        using var journal = new SqliteJournal(SqliteAddress.Parse("sqlite:" + path)) as ITierJournal;
        try
        {
            var opened = journal.OpenAsync(new Dictionary<string, NotedStore>(), CancellationToken.None).AsTask();
            WrongAnswerException.Unless(
                opened.ContinueWith(static _ => { }, TaskScheduler.Default).Wait(TimeSpan.FromMinutes(1)),
                "it hangs"
            );
            opened.GetAwaiter().GetResult();
        }
        catch (TierJournalException error) when (error.InnerException is null)
        {
            // Another program's file.
        }
    }
}
