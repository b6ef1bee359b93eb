using System.Runtime.InteropServices;

namespace Remanso.Server.Hosting;

/// <summary>Makes signals a graceful stop: SIGHUP too, so that a terminal that is closed loses no write, and all of
/// them from before the caches are put together, which may take its time.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;

    private StopSignals(IHostApplicationLifetime lifetime)
    {
        _registrations =
        [
            .. new[] { PosixSignal.SIGHUP, PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal =>
                PosixSignalRegistration.Create(signal, Stop)
            ),
        ];

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            lifetime.StopApplication();
        }
    }

    public static StopSignals Listen(IHostApplicationLifetime lifetime) => new(lifetime);

    public void Dispose() => Array.ForEach(_registrations, static registration => registration.Dispose());
}
