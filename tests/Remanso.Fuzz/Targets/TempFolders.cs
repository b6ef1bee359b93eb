namespace Remanso.Fuzz.Targets;

/// <summary>Folders for parsers of files: in memory where there is such a place, for each input is synced.</summary>
internal static class TempFolders
{
    private const string Memory = "/dev/shm";

    public static DirectoryInfo New() =>
        Directory.Exists(Memory)
            ? Directory.CreateDirectory(Path.Combine(Memory, $"remanso-fuzz-{Guid.NewGuid():N}"))
            : Directory.CreateTempSubdirectory("remanso-fuzz-");
}
