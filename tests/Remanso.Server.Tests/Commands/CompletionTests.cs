using System.Diagnostics;
using System.Runtime.Versioning;
using Remanso.Server.Commands;

namespace Remanso.Server.Tests.Commands;

/// <summary>What shells offer behind <c>remanso</c>.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CompletionTests : IDisposable
{
    private static readonly Uri _nowhere = new("http://localhost:1");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        "remanso ",
        "get",
        "set",
        "delete",
        "increment",
        "wait",
        "watch",
        "flush",
        "invalidate",
        "preload",
        "dead-letters",
        "doctor",
        "plan",
        "keys",
        "serve",
        "completion"
    )]
    [InlineData("remanso dead-letters ", "list", "show", "correct", "replay", "drop")]
    [InlineData("remanso get k --source ", "cache", "db")]
    [InlineData("remanso set k v --durability s", "stored")]
    [InlineData("remanso set k v --dur", "--durability")]
    [InlineData("remanso doctor --only ex", "exposure")]
    [InlineData("remanso plan --fl", "--flush-intervals")]
    [InlineData("remanso bench --connections x --rea", "--reads")]
    [InlineData("remanso keys create --sc", "--scopes")]
    [InlineData("remanso serve --role ", "all", "api", "worker")]
    [InlineData("remanso completion ", "bash", "zsh", "pwsh")]
    [InlineData("/usr/bin/remanso com", "completion")]
    public async Task The_words_that_fit_are_told_and_no_hidden_ones(string line, params string[] expected)
    {
        var words = await CompleteAsync(line);

        Assert.All(expected, word => Assert.Contains(word, words));
        Assert.DoesNotContain("complete", words);
        if (line[^1] != ' ')
        {
            Assert.Equal(expected, words);
        }
    }

    [Fact]
    public async Task Only_what_stands_before_the_cursor_counts_and_a_space_that_a_shell_cuts_off_is_put_back()
    {
        Assert.Equal(["flush"], await CompleteAsync("remanso fl --json", "remanso fl".Length));
        Assert.Contains("list", await CompleteAsync("remanso dead-letters", "remanso dead-letters ".Length));
        Assert.Empty(await CompleteAsync("remanso", 3));
    }

    [Fact]
    public async Task Every_command_is_offered_and_described()
    {
        var (code, output, _) = await CommandRun.AsyncOf(_nowhere, [], "completion", "--help");
        Assert.Equal(0, code);
        Assert.Contains("bash, zsh or pwsh", output, StringComparison.Ordinal);
        Assert.Equal(
            (2, ""),
            ((await CommandRun.AsyncOf(_nowhere, [], "completion", "fish")) is var fish ? (fish.Code, fish.Output) : default)
        );
        var words = await CompleteAsync("remanso ");
        foreach (var command in words.Where(static word => !word.StartsWith('-') && word is not ("serve" or "keys")))
        {
            Assert.True(ClientCommands.Knows([command]), $"{command} is offered and not known");
            Assert.Equal(0, (await CommandRun.AsyncOf(_nowhere, [], command, "--help")).Code);
        }
    }

    [Fact]
    public async Task Bash_completes_by_the_script()
    {
        // The program's own name, as a shell finds it.
        await File.WriteAllTextAsync(
            _folder.File("remanso"),
            $"#!/bin/sh\nexec dotnet {Path.Combine(AppContext.BaseDirectory, "Remanso.Server.dll")} \"$@\"\n"
        );
        File.SetUnixFileMode(_folder.File("remanso"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        const string Script = """
            source <(remanso completion bash)
            complete -p remanso
            try() { COMP_LINE=$1 COMP_POINT=${#1}; read -ra COMP_WORDS <<< "$1"; _remanso; echo "${COMPREPLY[*]}"; }
            try 'remanso dead-letters sh'
            try 'remanso get k --source '
            """;

        var (code, output, errors) = await RunAsync("bash", ["--norc", "-c", Script], _folder.Path);

        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(
            ["complete -o default -F _remanso remanso", "show", "cache db"],
            output.TrimEnd().Split('\n').Select(static line => line.Trim())
        );
    }

    [Theory]
    [InlineData("bash", "-n")]
    [InlineData("zsh", "-n")]
    [InlineData("pwsh", "-NoProfile", "-File")]
    public async Task The_scripts_are_of_their_shells(string shell, params string[] check)
    {
        var (_, script, _) = await CommandRun.AsyncOf(_nowhere, [], "completion", shell);
        Assert.Contains(
            "remanso complete ",
            script
                .Replace("\"${COMP_WORDS[0]}\"", "remanso", StringComparison.Ordinal)
                .Replace("\"${words[1]}\"", "remanso", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        var file = _folder.File("script.ps1");
        await File.WriteAllTextAsync(file, script);

        // Where the shell is there it reads the script.
        if ((Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, shell))))
        {
            Assert.Equal((0, "", ""), await RunAsync(shell, [.. check, file], _folder.Path));
        }
    }

    private static Task<string[]> CompleteAsync(string line) => CompleteAsync(line, line.Length);

    private static async Task<string[]> CompleteAsync(string line, int cursor)
    {
        var (code, output, errors) = await CommandRun.AsyncOf(_nowhere, [], "complete", cursor.ToString(provider: null), line);
        Assert.Equal((0, ""), (code, errors));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string program, string[] arguments, string path)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["PATH"] = $"{path}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await errors);
    }
}
