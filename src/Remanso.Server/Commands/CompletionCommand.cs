using System.CommandLine;

namespace Remanso.Server.Commands;

/// <summary><c>completion</c> writes the script of a shell; the script calls <c>complete</c>, which nobody else does.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> _scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            # remanso completion bash > /etc/bash_completion.d/remanso, or in ~/.bashrc: source <(remanso completion bash)
            _remanso() {
                local IFS=$'\n'
                COMPREPLY=($("${COMP_WORDS[0]}" complete "$COMP_POINT" "$COMP_LINE" 2> /dev/null))
            }
            complete -o default -F _remanso remanso
            """,
        ["zsh"] = """
            #compdef remanso
            # In ~/.zshrc, behind compinit: source <(remanso completion zsh)
            _remanso() {
                local line="${(j: :)words[1,CURRENT]}"
                local -a found
                found=("${(@f)$("${words[1]}" complete "${#line}" "$line" 2> /dev/null)}")
                [[ -n $found[1] ]] && compadd -- $found || _files
            }
            compdef _remanso remanso
            """,
        ["pwsh"] = """
            # In $PROFILE: remanso completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName remanso -ScriptBlock {
                param($wordToComplete, $commandAst, $cursorPosition)
                remanso complete $cursorPosition "$commandAst" 2> $null | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }
            """,
    };

    /// <summary>The command that users call.</summary>
    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or pwsh" };
        shell.AcceptOnlyFromAmong([.. _scripts.Keys]);
        var command = new Command(
            "completion",
            "Writes a script that completes this program's words in a shell; its first line says where to put it"
        )
        {
            shell,
        };
        command.SetAction(arguments =>
        {
            terminal.Output.WriteLine(_scripts[arguments.GetRequiredValue(shell)].ReplaceLineEndings("\n"));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The command that the scripts call.</summary>
    /// <param name="terminal">Where the words go, a line each.</param>
    /// <param name="root">All commands.</param>
    public static Command CreateHidden(Terminal terminal, RootCommand root)
    {
        var cursor = new Argument<int>("CURSOR") { Description = "Where the cursor stands in the line, from 0" };
        var line = new Argument<string>("LINE") { Description = "The line, with the program's name first" };
        var command = new Command("complete", "Tells the words that fit a line") { cursor, line };
        command.Hidden = true;
        command.SetAction(arguments =>
        {
            foreach (var word in Find(root, arguments.GetRequiredValue(line), arguments.GetRequiredValue(cursor)))
            {
                terminal.Output.WriteLine(word);
            }

            return ExitCode.Done;
        });
        return command;
    }

    // What stands behind the cursor does not matter, and a shell may leave out the space before it.
    private static IEnumerable<string> Find(RootCommand root, string line, int cursor)
    {
        line = line.Length > cursor ? line[..Math.Max(0, cursor)] : line.PadRight(Math.Min(cursor, line.Length + 1));
        var program = line.IndexOf(' ', StringComparison.Ordinal);
        if (program < 0)
        {
            return [];
        }

        var rest = line[(program + 1)..].TrimStart();
        return root.Parse(rest, ClientCommands.Parsing)
            .GetCompletions(rest.Length)
            .Select(static item => item.Label)
            .Where(static word => word is not ("complete" or "/?" or "/h" or "-?"))
            .Distinct(StringComparer.Ordinal);
    }
}
