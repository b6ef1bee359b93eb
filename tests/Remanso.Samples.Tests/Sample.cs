using System.Diagnostics;
using System.Text.Json.Nodes;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;

namespace Remanso.Samples.Tests;

/// <summary>A sample as its readers run it: a process of its own, in an empty folder.</summary>
internal sealed class Sample : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remanso-sample-");
    private readonly List<string> _lines = [];
    private readonly Process _process;
    private readonly Task<string> _errors;

    private Sample(string name, string[] arguments, string? runtime = null)
    {
        _process = Process.Start(
            new ProcessStartInfo(
                "dotnet",
                ["exec", .. runtime is null ? Array.Empty<string>() : ["--runtimeconfig", runtime], ProgramOf(name), .. arguments]
            )
            {
                WorkingDirectory = _folder.FullName,
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The program, as it was built beside the tests.</summary>
    public static string ProgramOf(string name)
    {
        var configuration = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!;
        return Assert.Single(
            Directory.GetFiles(
                Path.Combine(Repository.Root, "samples", name, "bin", configuration),
                $"{name}.dll",
                SearchOption.AllDirectories
            )
        );
    }

    /// <summary>Runs a program that ends by itself, and has no reflection for JSON, as a native one has not.</summary>
    public static async Task<SampleResult> RunWithoutReflectionAsync(string name, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("remanso-reflection-");
        try
        {
            var settings = JsonNode.Parse(await File.ReadAllTextAsync(Path.ChangeExtension(ProgramOf(name), ".runtimeconfig.json")))!;
            settings["runtimeOptions"]!["configProperties"]!["System.Text.Json.JsonSerializer.IsReflectionEnabledByDefault"] = false;
            var file = Path.Combine(folder.FullName, "native.runtimeconfig.json");
            await File.WriteAllTextAsync(file, settings.ToJsonString());
            await using var sample = new Sample(name, arguments, file);
            return await sample.EndAsync();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Runs a program that ends by itself.</summary>
    public static async Task<SampleResult> RunAsync(string name, params string[] arguments)
    {
        await using var sample = new Sample(name, arguments);
        return await sample.EndAsync();
    }

    /// <summary>Runs a program up to a line that it prints.</summary>
    public static async Task<Sample> RunUntilAsync(string line, string name, params string[] arguments)
    {
        var sample = new Sample(name, arguments);
        using var limit = new CancellationTokenSource(_patience, TimeProvider.System);
        while (await sample._process.StandardOutput.ReadLineAsync(limit.Token) is { } printed)
        {
            sample._lines.Add(printed);
            if (printed.Contains(line, StringComparison.Ordinal))
            {
                return sample;
            }
        }

        Assert.Fail($"It ended before it printed '{line}': " + string.Join('\n', sample._lines) + await sample._errors);
        return sample;
    }

    /// <summary>What it has printed so far.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Ends it as Ctrl+C does.</summary>
    public Task<SampleResult> StopAsync()
    {
        _process.Terminate();
        return EndAsync();
    }

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<SampleResult> EndAsync()
    {
        using var limit = new CancellationTokenSource(_patience, TimeProvider.System);
        while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } printed)
        {
            _lines.Add(printed);
        }

        await _process.WaitForExitAsync(limit.Token);
        return new SampleResult(_process.ExitCode, _lines, await _errors);
    }
}
