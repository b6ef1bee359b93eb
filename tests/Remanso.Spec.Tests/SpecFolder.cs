using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Remanso.Spec.Tests;

/// <summary>The models in <c>spec/</c>, and what their headers say of them.</summary>
internal static partial class SpecFolder
{
    private const string Solution = "Remanso.slnx";

    public static string Path { get; } = System.IO.Path.Combine(Root(), "spec");

    /// <summary>The names of all models, without their ending.</summary>
    public static IReadOnlyList<string> Models { get; } =
    [
        .. Directory
            .EnumerateFiles(Path, "*.pml")
            .Where(static path => File.ReadAllText(path).Contains("\n * HOLDS ", StringComparison.Ordinal))
            .Select(static path => System.IO.Path.GetFileNameWithoutExtension(path))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The switches that a model's header names: each breaks one rule, or shows a fault that was found.</summary>
    public static IReadOnlyList<string> Switches(string model) =>
        [.. SwitchLine.Matches(Read(model + ".pml")).Select(static match => match.Groups["name"].Value)];

    /// <summary>The switches that a model's text asks for, those of the text that it includes among them where its
    /// header names them.</summary>
    public static IReadOnlyList<string> Used(string model) =>
        [
            .. SwitchUse
                .Matches(Read(model + ".pml"))
                .Select(static match => match.Groups["name"].Value)
                .Where(static name => name != "FULL")
                .Distinct(),
        ];

    public static string Read(string file) => File.ReadAllText(System.IO.Path.Combine(Path, file));

    /// <summary>Checks one model and its mutants with Spin.</summary>
    /// <returns>What was printed, and whether all is as it should be.</returns>
    public static async Task<(bool IsGood, string Output)> CheckAsync(string model, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("bash")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(System.IO.Path.Combine(Path, "run.sh"));
        start.ArgumentList.Add(model);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode == 0, output + await error);
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, Solution)))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"There is no {Solution} in or above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex(@"^ \* (MUTANT|FOUND) +(?<name>[A-Z_]+) ", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex SwitchLine { get; }

    [GeneratedRegex(@"^#if(n)?def (?<name>[A-Z_]+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex SwitchUse { get; }
}
