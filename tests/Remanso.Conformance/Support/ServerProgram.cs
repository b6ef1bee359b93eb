using System.Diagnostics;

namespace Remanso.Conformance.Support;

/// <summary>The server that tests start as a process: the one built beside them, or another that the environment
/// names, such as a native one.</summary>
public static class ServerProgram
{
    private const string Variable = "REMANSO_TESTED_SERVER";

    /// <summary>Whether it is another server than the one built beside the tests.</summary>
    public static bool IsAnother => Another is not null;

    private static string? Another => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : null;

    /// <summary>The command that starts it.</summary>
    public static ProcessStartInfo Command(params string[] switches) =>
        Another is { } path
            ? new ProcessStartInfo(path, switches)
            : new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Remanso.Server.dll"), .. switches]);
}
