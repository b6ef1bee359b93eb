using System.Diagnostics;

namespace Remanso.Conformance.Servers;

/// <summary>The user as whom a database server of the system's packages is run, where the tests are run by root.</summary>
internal sealed class SystemUser(string name)
{
    /// <summary>A command as this user.</summary>
    public ProcessStartInfo Command(string program, params IEnumerable<string> arguments)
    {
        // setpriv executes the program in its own place, so a signal to the process reaches the server.
        string[] prefix = Environment.IsPrivilegedProcess
            ? ["setpriv", $"--reuid={name}", $"--regid={name}", "--init-groups", "--", program]
            : [program];

        // The user may not be allowed into the folder that the tests run in.
        return new ProcessStartInfo(prefix[0], prefix.Skip(1).Concat(arguments)) { WorkingDirectory = "/" };
    }

    /// <summary>Runs a command to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task<string> RunAsync(string program, params IEnumerable<string> arguments)
    {
        var command = Command(program, arguments);
        command.RedirectStandardOutput = true;
        command.RedirectStandardError = true;
        using var process = Process.Start(command)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{Path.GetFileName(program)} failed: {await errors}{await output}");
    }
}
