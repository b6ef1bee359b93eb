using Remanso.Schedules.Engine;

namespace Remanso.Schedules;

/// <summary>This program once more, rewritten for the scheduler.</summary>
public sealed class RewrittenProgram : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("remanso-schedules-").FullName;

    public RewrittenProgram() => Rewriter.Copy(AppContext.BaseDirectory, _folder);

    /// <summary>Its assembly.</summary>
    public string Path => System.IO.Path.Combine(_folder, "Remanso.Schedules.dll");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
