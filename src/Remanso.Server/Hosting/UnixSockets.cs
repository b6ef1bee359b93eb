using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Remanso.Sqlite.Journal;

namespace Remanso.Server.Hosting;

// A process that was killed leaves the file of its socket behind, and nothing can be bound there until it is gone. It
// goes where three things are so, in this order:
//
// - This process has the lock PATH.lock, from before it looks until it listens no more. So no other server is between
//   its look and its socket, nor between the end of its socket and the removal of its file. The system takes the lock
//   back however a process ends; the file stays, as a journal's does.
// - The file is a socket: to connect to a database is refused, too.
// - Nobody listens: a connection is refused. Any other answer, also none for want of room or of rights, may be of a
//   server that lives.

/// <summary>Listens on Unix sockets, also where a process that is gone has left the file of one.</summary>
internal sealed class UnixSockets(IOptions<SocketTransportOptions> options, ILoggerFactory loggers) : IConnectionListenerFactory
{
    private readonly SocketTransportFactory _sockets = new(options, loggers);

    public static bool CanBind(EndPoint endpoint) => endpoint is UnixDomainSocketEndPoint;

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var path = endpoint.ToString();
        var taken = Path.IsPathRooted(path) ? Take(path) : null;
        try
        {
            if (taken is not null && IsSocket(path!) && await IsLeftAsync(endpoint, cancellationToken))
            {
                File.Delete(path!);
            }

            var listener = await _sockets.BindAsync(endpoint, cancellationToken);
            return taken is null ? listener : new Listener(listener, taken);
        }
        catch
        {
            taken?.Dispose();
            throw;
        }
    }

    /// <summary>Takes the lock; null where that can't be told, and nothing is removed then.</summary>
    private static FileStream? Take(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException exception) when (JournalLock.IsTaken(exception))
        {
            throw new AddressInUseException(exception.Message, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsSocket(string path)
    {
        try
        {
            // For both, or a pipe would wait for its other end.
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
        catch (IOException exception) when (IsOfSocket(exception))
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // There is none, or it is not this process's to look at: binding tells.
            return false;
        }

        throw new IOException($"{path} is a file and no socket: it stays, and nothing can listen there.");
    }

    // By the systems' own numbers of what can't be opened: ERROR_CANT_ACCESS_FILE, ENXIO, EOPNOTSUPP.
    private static bool IsOfSocket(IOException exception) =>
        exception.HResult
        == (
            OperatingSystem.IsWindows() ? unchecked((int)0x80070780)
            : OperatingSystem.IsLinux() ? 6
            : 102
        );

    private static async ValueTask<bool> IsLeftAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    /// <summary>A listener, and the lock until its file is gone.</summary>
    private sealed class Listener(IConnectionListener inner, FileStream taken) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            inner.AcceptAsync(cancellationToken);

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await inner.UnbindAsync(cancellationToken);
            await taken.DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await taken.DisposeAsync();
        }
    }
}
