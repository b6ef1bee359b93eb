namespace Remanso.Server.Configuration;

/// <summary>The command line: short switches for what is set most often, <c>--Section:Key value</c> for everything else.</summary>
internal static class CommandLine
{
    public const string Usage = """
        Remanso: a versioned cache in front of a SQL database, in both directions, over HTTP.

        usage: remanso [serve] [switches]

          --urls ADDRESS         where to listen             http://localhost:8000
          --tier ADDRESS         where accepted writes live  memory:
                                 (memory: or redis://…)
          --store ADDRESS        the database                sqlite:data/remanso.db
          --journal ADDRESS      a file that keeps accepted  none
                                 writes of the memory tier
                                 (sqlite:PATH)
          --role all|api|worker  serve and flush, or one     all
          --Section:Key VALUE    any other setting, such as  --Remanso:Caches:default:Ttl:Base 5m
          --allow-anonymous      answer everybody who        false
                                 reaches the address
          --health ADDRESS       ask the server there whether it lives; exit code 0 or 1
          --help, --version      print this, or the version

        remanso keys create|list|revoke makes keys, which other machines need: see keys --help.
        remanso plan says what a cache would do for your load: see plan --help.
        remanso doctor examines what the server would run on: see doctor --help.
        remanso get|set|delete|increment|wait|watch|flush|invalidate|preload|dead-letters|export|
        import|top|bench calls a server that runs: see get --help.

        The same settings come from appsettings.json and, stronger, from the environment
        (ConnectionStrings__Store, Remanso__Role, Remanso__Caches__NAME__Ttl__Base, REDIS_HOST, ...).
        docs/reference/server-options.md lists them all.
        """;

    private static readonly Dictionary<string, string> _short = new(StringComparer.OrdinalIgnoreCase)
    {
        ["urls"] = ServerSettings.UrlsName,
        ["tier"] = ServerSettings.TierName,
        ["store"] = ServerSettings.StoreName,
        ["journal"] = ServerSettings.JournalName,
        ["role"] = ServerSettings.RoleName,
        ["environment"] = "environment",
    };

    private const string AllowAnonymous = "--allow-anonymous";

    private static readonly string[] _sections = ["Remanso", "ConnectionStrings", "Logging", "Kestrel"];

    public static string Version => typeof(CommandLine).Assembly.GetName().Version!.ToString(3);

    /// <summary>What <c>--help</c> or <c>--version</c> prints; null where the server shall start. A value of a switch asks
    /// for neither.</summary>
    public static string? Answer(ReadOnlySpan<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--help" or "-h" or "-?" or "help":
                    return Usage;
                case "--version" or "-v":
                    return "remanso " + Version;
                case AllowAnonymous:
                    break;
                case var name when name.StartsWith("--", StringComparison.Ordinal) && !name.Contains('=', StringComparison.Ordinal):
                    // Nothing has --help for its value.
                    i += i + 1 < arguments.Length && arguments[i + 1].StartsWith("--", StringComparison.Ordinal) ? 0 : 1;
                    break;
            }
        }

        return null;
    }

    /// <summary>The settings on the command line, under their full names.</summary>
    /// <exception cref="SettingException">A switch is unknown or has no value.</exception>
    public static Dictionary<string, string?> Read(ReadOnlySpan<string> arguments)
    {
        Dictionary<string, string?> settings = new(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                throw new SettingException($"{ShownAddress.Of(argument, "an argument")} is not a switch; see --help");
            }

            if (argument == AllowAnonymous)
            {
                settings[SecuritySettings.AllowAnonymousName] = "true";
                continue;
            }

            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? argument[2..] : argument[2..equals];
            var setting = FullName(name) ?? throw new SettingException($"--{name} is not a known switch; see --help");
            if (equals < 0 && i + 1 == arguments.Length)
            {
                throw new SettingException($"--{name} needs a value; see --help");
            }

            settings[setting] = equals < 0 ? arguments[++i] : argument[(equals + 1)..];
        }

        return settings;
    }

    private static string? FullName(string name)
    {
        if (_short.TryGetValue(name, out var setting))
        {
            return setting;
        }

        var colon = name.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && _sections.Contains(name[..colon], StringComparer.OrdinalIgnoreCase) ? name : null;
    }
}
