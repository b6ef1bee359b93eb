using System.Reflection;

namespace Remanso.AspNetCore.Dashboard;

/// <summary>What is known of this process. It is made while the application starts.</summary>
internal sealed record ProcessText(string Machine, int Id, string Role, string Version, long StartedAt)
{
    public static ProcessText Of(RemansoDashboardOptions options, TimeProvider time)
    {
        var version = typeof(ProcessText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty;
        return new ProcessText(Environment.MachineName, Environment.ProcessId, options.Role, version.Split('+')[0], time.GetUtcNow().ToUnixTimeMilliseconds());
    }
}
