using System.Runtime.InteropServices;

namespace Remanso.Load.Driving;

/// <summary>Holds a thread of one's own for less than a millisecond, which the timers of .NET can't.</summary>
internal static partial class Nap
{
    public static void For(long nanoseconds)
    {
        if (OperatingSystem.IsWindows())
        {
            // Spinning takes processor time that the server would have; there the lateness in the report matters more.
            Thread.SpinWait(1_000);
            return;
        }

        var time = new TimeSpec { Nanoseconds = (nint)nanoseconds };
        _ = NanoSleep(in time, 0);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec time, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
