using System.Runtime.InteropServices;

namespace Remanso.Benchmarks.Paired;

/// <summary>What calls of one process cost it.</summary>
/// <param name="PerSecond">Calls a second.</param>
/// <param name="CpuSeconds">Seconds of processor time of this process for a million calls.</param>
/// <param name="Bytes">Bytes allocated by a call.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CallCost(double PerSecond, double CpuSeconds, double Bytes)
{
    /// <summary>Measures all that this process does meanwhile.</summary>
    /// <param name="run">Makes calls, and tells how many there were in a second.</param>
    public static async Task<CallCost> MeasureAsync(Func<Task<double>> run)
    {
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var start = TimeProvider.System.GetTimestamp();
        var perSecond = await run();
        var calls = perSecond * TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        return new CallCost(
            perSecond,
            (Environment.CpuUsage.TotalTime - cpu).TotalSeconds / calls * 1e6,
            (GC.GetTotalAllocatedBytes(precise: true) - allocated) / calls
        );
    }
}
