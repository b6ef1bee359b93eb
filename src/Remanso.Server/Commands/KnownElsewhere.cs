using System.CommandLine;

namespace Remanso.Server.Commands;

/// <summary>The server and its keys, which read their arguments themselves: here as far as help and completion need them.</summary>
internal static class KnownElsewhere
{
    /// <summary>The server by name.</summary>
    public static Command Serve() =>
        new("serve", "Runs the server; without any command the same: see --help")
        {
            new Option<string>("--urls"),
            new Option<string>("--tier"),
            new Option<string>("--store"),
            new Option<string>("--journal"),
            With(new Option<string>("--role"), "all", "api", "worker"),
            new Option<bool>("--allow-anonymous"),
        };

    /// <summary><c>keys</c>.</summary>
    public static Command Keys() =>
        new("keys", "Makes keys of a server, lists and revokes them: see keys --help")
        {
            new Command("create", "Makes a key")
            {
                With(new Option<string>("--scopes"), "read", "write", "operate", "observe", "all"),
                new Option<string>("--caches"),
                new Option<string>("--prefix"),
                new Option<string>("--expires"),
                new Option<string>("--file"),
            },
            new Command("list", "Lists the keys") { new Option<string>("--file") },
            new Command("revoke", "Takes a key back") { new Option<string>("--file") },
        };

    private static Option<string> With(Option<string> option, params string[] words)
    {
        option.CompletionSources.Add(words);
        return option;
    }
}
