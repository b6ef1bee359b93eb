using System.CommandLine;
using Remanso.Client;
using Remanso.Server.Commands.Remote;

namespace Remanso.Server.Commands;

/// <summary>What all commands that call a server take: where it is, who asks, which cache, and for whom the output is.</summary>
internal sealed class CommonOptions(Terminal terminal)
{
    private const string UrlVariable = "REMANSO_URL";
    private const string KeyVariable = "REMANSO_API_KEY";
    private const string UrlUnlessSet = "http://localhost:8000";

    private const string ClientOptions = nameof(RemansoClientOptions) + ".";

    private static readonly (string Inner, string Name)[] _names =
    [
        (nameof(RemansoClientOptions.BaseAddress), $"--url (or {UrlVariable})"),
        (nameof(RemansoClientOptions.ApiKey), $"--key-file (or {KeyVariable})"),
        (nameof(RemansoClientOptions.Timeout), "--timeout"),
        (nameof(EntryWriteOptions.IfVersion), "--if-version"),
        (nameof(EntryWriteOptions.ContentType), "--content-type"),
        ("version", "VERSION"),
    ];

    private readonly Option<string?> _url = new("--url")
    {
        Description = $"The server's address ({UrlVariable}, else {UrlUnlessSet})",
        Recursive = true,
        HelpName = "ADDRESS",
    };

    private readonly Option<string?> _keyFile = new("--key-file")
    {
        Description = $"A file with the key on its first line; without it the key is in {KeyVariable}",
        Recursive = true,
        HelpName = "PATH",
    };

    private readonly Option<string> _cache = new("--cache")
    {
        Description = "The cache",
        Recursive = true,
        HelpName = "NAME",
        DefaultValueFactory = static _ => "default",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "One line of JSON for each thing that is told, for scripts",
        Recursive = true,
    };

    private readonly Option<string?> _timeout = new("--timeout")
    {
        Description = "How long an answer may take, such as 30s; 100s unless set, and without an end for flush, preload and bench",
        Recursive = true,
        HelpName = "TIME",
    };

    public void AddTo(Command root)
    {
        // A command may mean something else by it.
        if (root.Options.All(option => option.Name != _timeout.Name))
        {
            root.Add(_timeout);
        }

        root.Add(_url);
        root.Add(_keyFile);
        root.Add(_cache);
        root.Add(_json);
    }

    public bool WantsJson(ParseResult arguments) => arguments.GetValue(_json);

    /// <summary>Runs what a command does with its cache.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="command">What it does.</param>
    /// <param name="maxRetries">How often a call is sent again that the server asks to come again; null for the
    /// client's own number.</param>
    /// <param name="timeout">How long an answer may take unless the command line says so; null for the client's own.</param>
    public Task<int> RunAsync(
        ParseResult arguments,
        Func<CacheClient, Task<int>> command,
        int? maxRetries = null,
        TimeSpan? timeout = null
    ) => RunOnServerAsync(arguments, client => command(client.Cache(CacheOf(arguments))), maxRetries, timeout);

    /// <summary>Runs what a command does with the server.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<int> RunOnServerAsync(
        ParseResult arguments,
        Func<RemansoClient, Task<int>> command,
        int? maxRetries = null,
        TimeSpan? timeout = null
    )
    {
        var options = new RemansoClientOptions
        {
            BaseAddress = AddressOf(arguments),
            ApiKey = arguments.GetValue(_keyFile) is null ? KeyOfEnvironment() : null,
            KeyProvider = arguments.GetValue(_keyFile) is { } path ? await KeyOfAsync(path) : null,

            // As long as a server asks for that holds writers back.
            MaxRetryDelay = TimeSpan.FromMinutes(1),
            TimeProvider = terminal.Time,
        };
        options.MaxRetries = maxRetries ?? options.MaxRetries;
        options.Timeout = TimeoutOf(arguments) ?? timeout ?? options.Timeout;
        using var client = new RemansoClient(options);
        return await command(client);
    }

    /// <summary>What the client says of what it was given, by the names that it has here.</summary>
    public static string Named(string said)
    {
        var isOfClient = said.StartsWith(ClientOptions, StringComparison.Ordinal);
        var text = isOfClient ? said[ClientOptions.Length..] : said;
        foreach (var (inner, name) in _names)
        {
            // Of anything else, at its beginning alone: behind it may stand what the caller wrote.
            text =
                isOfClient ? text.Replace(inner, name, StringComparison.Ordinal)
                : text.StartsWith(inner + " ", StringComparison.Ordinal) ? name + text[inner.Length..]
                : text;
        }

        return text;
    }

    /// <summary>The name of the cache.</summary>
    public string CacheOf(ParseResult arguments) => arguments.GetValue(_cache)!;

    /// <summary>The server's address.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public Uri AddressOf(ParseResult arguments)
    {
        var text = arguments.GetValue(_url) ?? terminal.Variable(UrlVariable) ?? UrlUnlessSet;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new UsageException($"--url must be an address such as {UrlUnlessSet}");
    }

    private TimeSpan? TimeoutOf(ParseResult arguments)
    {
        var timeout = Times.Parse(_timeout.Name, arguments.GetValue(_timeout));
        return timeout > TimeSpan.Zero || timeout is null ? timeout : throw new UsageException($"{_timeout.Name} must be above zero");
    }

    private string? KeyOfEnvironment() => terminal.Variable(KeyVariable) is { Length: > 0 } key ? key : null;

    /// <summary>Gives the key of a file, read again where that is another one: a watch outlives a key that is exchanged.</summary>
    private static async Task<Func<CancellationToken, ValueTask<string?>>> KeyOfAsync(string path)
    {
        var seen = File.GetLastWriteTimeUtc(path);
        var key = await ReadKeyAsync(path);
        return async _ =>
        {
            var written = File.GetLastWriteTimeUtc(path);
            if (written != seen)
            {
                try
                {
                    key = await ReadKeyAsync(path);
                    seen = written;
                }
                catch (UsageException)
                {
                    // It is about to be written; until then the one before is as good as any.
                }
            }

            return key;
        };
    }

    private static async Task<string> ReadKeyAsync(string path)
    {
        try
        {
            await foreach (var line in File.ReadLinesAsync(path))
            {
                if (line.Trim() is { Length: > 0 } key)
                {
                    RemansoClientOptions.RequireKey(key, nameof(RemansoClientOptions.ApiKey));
                    return key;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--key-file {path} can't be read: {exception.Message}");
        }

        throw new UsageException($"--key-file {path} is empty");
    }
}
