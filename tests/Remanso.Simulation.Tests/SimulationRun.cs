using System.Diagnostics;

namespace Remanso.Simulation.Tests;

/// <summary>The simulation in a process of its own, whose pool has one thread.</summary>
internal static class SimulationRun
{
    public static async Task<(int Code, string Output)> OfAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Remanso.Simulation.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
