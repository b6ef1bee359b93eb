using System.Diagnostics;

namespace Remanso.Conformance.Servers;

/// <summary>Database files as an installer makes them: made once for this process and copied for each server, which takes a
/// tenth of the time.</summary>
/// <remarks>They outlive nothing, as the servers: a small shell removes them when the pipe ends that this process holds.</remarks>
/// <param name="user">Whose they are.</param>
/// <param name="name">What they are of.</param>
/// <param name="installAsync">Makes them in a new folder, and may leave other files beside it.</param>
internal sealed class DataTemplate(SystemUser user, string name, Func<string, Task> installAsync)
{
    private readonly Lock _gate = new();
    private Task<string>? _made;
    private Process? _watchdog;

    /// <summary>Puts a copy where nothing is yet.</summary>
    public async Task CopyToAsync(string folder)
    {
        Task<string> made;
        lock (_gate)
        {
            made = _made ??= MakeAsync();
        }

        await user.RunAsync("cp", "-a", "--sparse=always", await made, folder);
    }

    private async Task<string> MakeAsync()
    {
        var folder = (await user.RunAsync("mktemp", "-d", Path.Combine(Path.GetTempPath(), $"remanso-{name}-files-XXXXXX"))).Trim();
        var command = user.Command("sh", "-c", """cat > /dev/null; rm -rf "$1" """, "sh", folder);
        command.RedirectStandardInput = true;
        _watchdog = Process.Start(command)!;
        var data = Path.Combine(folder, "data");
        await installAsync(data);
        return data;
    }
}
