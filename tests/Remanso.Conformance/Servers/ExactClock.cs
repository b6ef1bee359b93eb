using System.IO.MemoryMappedFiles;

namespace Remanso.Conformance.Servers;

/// <summary>The clock of a server that stands still until it is set (<see cref="MovedClock"/>): memory that the two share.</summary>
internal sealed class ExactClock : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public ExactClock(string path, DateTimeOffset now)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, mapName: null, sizeof(long));
        _view = _file.CreateViewAccessor(0, sizeof(long));
        Set(now);
    }

    /// <summary>Sets it, to the microsecond.</summary>
    public void Set(DateTimeOffset now) => _view.Write(0, (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
