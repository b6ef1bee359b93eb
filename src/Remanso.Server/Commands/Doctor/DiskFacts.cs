using System.Runtime.InteropServices;

namespace Remanso.Server.Commands.Doctor;

/// <summary>What is known of the disk behind a path.</summary>
/// <param name="FreeBytes">How much of it this process may use.</param>
/// <param name="Format">Its file system, as the operating system names it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DiskFacts(long FreeBytes, string Format)
{
    /// <summary>Whether it ends with the machine, or with a container.</summary>
    public bool IsForgetful(bool inContainer) =>
        Format is "tmpfs" or "ramfs" || (inContainer && Format.StartsWith("overlay", StringComparison.Ordinal));

    /// <summary>Asks the operating system, of the nearest folder that is there.</summary>
    public static DiskFacts Of(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        while (folder is { Length: > 0 } && !Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        var drive = new DriveInfo(folder ?? Path.GetPathRoot(Path.GetFullPath(path))!);
        return new DiskFacts(drive.AvailableFreeSpace, drive.DriveFormat);
    }
}
