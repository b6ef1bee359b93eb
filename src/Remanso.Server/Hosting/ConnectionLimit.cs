using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Connections;
using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

/// <summary>How many connections are let in at once, by whichever address they come. One that finds no room is told of as
/// Kestrel does, whose own limit holds for each listener.</summary>
internal sealed partial class ConnectionLimit
{
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";

    private readonly int _most;
    private readonly ILogger _logger;
    private readonly Counter<long> _rejected;
    private int _open;

    public ConnectionLimit(ServerSettings settings, ILoggerFactory loggers, IMeterFactory meters)
    {
        _most = settings.Security.MaxConnections;
        _logger = loggers.CreateLogger(Kestrel + ".Connections");
        _rejected = meters
            .Create(Kestrel)
            .CreateCounter<long>(
                "kestrel.rejected_connections",
                unit: "{connection}",
                description: "Number of connections rejected by the server. Connections are rejected when the currently active count "
                    + "exceeds the value configured with MaxConcurrentConnections."
            );
    }

    /// <summary>Takes a place for a connection, which it has until <see cref="Leave"/>.</summary>
    public bool TryEnter(ConnectionContext connection)
    {
        if (Interlocked.Increment(ref _open) <= _most)
        {
            return true;
        }

        Leave();
        _rejected.Add(1);
        LogRejected(_logger, connection.ConnectionId);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _open);

    [LoggerMessage(
        24,
        LogLevel.Warning,
        "Connection id \"{ConnectionId}\" rejected because the maximum number of concurrent connections has been reached.",
        EventName = "ConnectionRejected"
    )]
    private static partial void LogRejected(ILogger logger, string connectionId);
}
