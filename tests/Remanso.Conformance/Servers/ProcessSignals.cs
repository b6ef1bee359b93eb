using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Remanso.Conformance.Servers;

/// <summary>The signals that <see cref="Process"/> has no method for.</summary>
public static class ProcessSignals
{
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    /// <summary>Asks for an orderly end.</summary>
    public static void Terminate(this Process process) => Send(process, SigTerm);

    /// <summary>It lives and does nothing, as a machine that hangs.</summary>
    public static void Freeze(this Process process) => Send(process, SigStop);

    /// <summary>Ends <see cref="Freeze"/>.</summary>
    public static void Thaw(this Process process) => Send(process, SigCont);

    private static void Send(Process process, int signal)
    {
        if (SendSignal(process.Id, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} could not be sent to process {process.Id}.");
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
