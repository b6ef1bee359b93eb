namespace Remanso.Docs.Tests.Support;

/// <summary>A folder in which programs of the pages leave their files; the current one, so that no two of them run at a time.</summary>
public abstract class ProgramFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remanso-program-");

    protected ProgramFolder() => Directory.SetCurrentDirectory(_folder.FullName);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        Directory.SetCurrentDirectory(AppContext.BaseDirectory);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}
