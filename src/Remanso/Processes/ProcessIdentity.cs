using System.Reflection;

namespace Remanso.Processes;

/// <summary>What this process is, the same for all its caches.</summary>
/// <param name="Id">Made up: a name of the machine would tell others about it.</param>
/// <param name="Role">What it does, for people.</param>
/// <param name="Version">Its version of Remanso.</param>
/// <param name="StartedAt">When it started, milliseconds since 1970.</param>
internal sealed record ProcessIdentity(string Id, string Role, string Version, long StartedAt)
{
    public static ProcessIdentity Make(string role, TimeProvider time)
    {
        var version = typeof(ProcessIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? string.Empty;
        return new ProcessIdentity(
            Guid.NewGuid().ToString("N")[..12],
            role,
            version.Split('+')[0],
            time.GetUtcNow().ToUnixTimeMilliseconds()
        );
    }
}
