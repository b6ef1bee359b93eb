using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Remanso.Sqlite.Journal;

// To be disposed after SQLite has closed the file: the first handle that a process closes takes its locks along.

/// <summary>Tells whether a file that is open is still the one under its name: SQLite goes on writing into one that was
/// deleted, and nobody would read it again.</summary>
internal sealed class FileWitness : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly FileInfo? _link;
    private readonly string? _name;

    public FileWitness(string path)
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (OperatingSystem.IsLinux())
        {
            // The system says there which name the open file has now.
            _link = new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_file.DangerousGetHandle()}"));
            _name = _link.LinkTarget;
        }
    }

    /// <summary>Whether it is; elsewhere than on Linux, whether there is any file of the name.</summary>
    public bool IsInPlace
    {
        get
        {
            _link?.Refresh();
            return File.Exists(_path) && _link?.LinkTarget == _name;
        }
    }

    public void Dispose() => _file.Dispose();
}
