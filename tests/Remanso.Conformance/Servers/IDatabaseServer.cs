using Xunit;

namespace Remanso.Conformance.Servers;

/// <summary>A database server of the tests' own, which can be stopped and started again on its port.</summary>
public interface IDatabaseServer : IAsyncLifetime
{
    /// <summary>Starts the stopped server; returns when it accepts connections.</summary>
    Task StartAsync();

    /// <summary>Stops it in good order.</summary>
    Task StopAsync();

    /// <summary>Ends it as a crash would.</summary>
    Task KillAsync();
}
