using System.Globalization;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;
using Remanso.Common;

namespace Remanso.Server.Commands;

/// <summary>
/// <c>keys create|list|revoke</c>: makes keys, shows them without their texts, and takes them back. A new key's text is all that goes to
/// the output, so that a script can catch it; remarks and errors go beside it.
/// </summary>
internal sealed class KeysCommand(TextWriter output, TextWriter errors, TimeProvider time, string defaultFile)
{
    public const string Usage = """
        usage: remanso keys create NAME --scopes SCOPES [--caches CACHES] [--prefix PREFIX] [--expires DURATION] [--file PATH]
               remanso keys list [--file PATH]
               remanso keys revoke ID|NAME [--file PATH]

          SCOPES     read, write, operate, observe or all; several are separated by commas
          CACHES     names of caches, separated by commas; * stands for any characters     *
          PREFIX     how the keys begin that may be read and written                       all keys
          DURATION   how long the key is valid, such as 90d                                for ever
          PATH       the file; a server that uses it reads it again when it changes        data/keys.json
        """;

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">What follows <c>keys</c>.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public int Run(params ReadOnlySpan<string> arguments)
    {
        try
        {
            switch (arguments)
            {
                case []
                or ["--help" or "-h" or "-?" or "help", ..]
                or [_, "--help" or "-h" or "-?", ..]
                or [_, _, "--help" or "-h" or "-?"]:
                    output.WriteLine(Usage);
                    return 0;
                case ["create", var name, .. var options] when !IsOption(name):
                    return Create(name, Options(options, "scopes", "caches", "prefix", "expires", "file"));
                case ["list", .. var options]:
                    return List(Options(options, "file"));
                case ["revoke", var idOrName, .. var options] when !IsOption(idOrName):
                    return Revoke(idOrName, Options(options, "file"));
                default:
                    return Fail(ExitCode.Usage, "keys takes create NAME, list or revoke NAME; see keys --help");
            }
        }
        catch (Exception exception) when (exception is CacheConfigurationException or FormatException or RemansoKeyFileException)
        {
            return Fail(ExitCode.Usage, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Fail(ExitCode.Local, exception.Message);
        }
    }

    private int Create(string name, Dictionary<string, string> options)
    {
        if (!options.TryGetValue("scopes", out var scopeNames))
        {
            return Fail(ExitCode.Usage, "keys create needs --scopes; see keys --help");
        }

        TimeSpan? lifetime = null;
        if (options.TryGetValue("expires", out var expires))
        {
            lifetime =
                !DurationText.TryParse(expires, out var duration)
                    ? throw new FormatException($"--expires must be a duration such as 90d or 12h, but is {expires}")
                : duration <= TimeSpan.Zero ? throw new FormatException($"--expires must be above zero, but is {expires}")
                : duration > DateTimeOffset.MaxValue - time.GetUtcNow()
                    ? throw new FormatException($"--expires must end before the year 10000, but is {expires}")
                : duration;
        }

        var grant = new RemansoGrant(
            RemansoScopeNames.Parse(scopeNames),
            Split(options.GetValueOrDefault("caches", "*")),
            options.GetValueOrDefault("prefix")
        );
        var file = FileOf(options);
        if (Path.GetDirectoryName(Path.GetFullPath(file.Path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var (key, text) = file.Create(name, grant, lifetime);
        errors.WriteLine($"Key {key.Id} ({name}) is in {file.Path}; its text follows, and can't be shown again.");
        try
        {
            output.WriteLine(text);
            output.Flush();
        }
        catch (IOException exception)
        {
            // Nobody has its text, nor ever will.
            file.Revoke(key.Id);
            throw new IOException($"The key's text can't be written, so the key is taken back: {exception.Message}", exception);
        }

        return 0;
    }

    private int List(Dictionary<string, string> options)
    {
        var keys = FileOf(options).List();
        var now = time.GetUtcNow();
        var width = Math.Max(4, keys.Count == 0 ? 0 : keys.Max(static key => key.Name.Length));
        output.WriteLine($"{"ID".PadRight(10)}  {"NAME".PadRight(width)}  {"EXPIRES".PadRight(20)}  GRANT");
        foreach (var key in keys)
        {
            output.WriteLine(
                $"{key.Id.PadRight(10)}  {key.Name.PadRight(width)}  {ExpiryOf(key, now).PadRight(20)}  {Describe(key.Grant)}"
            );
        }

        return 0;
    }

    private int Revoke(string idOrName, Dictionary<string, string> options)
    {
        var file = FileOf(options);
        if (!file.Exists || file.Revoke(idOrName) is not { Count: > 0 } revoked)
        {
            return Fail(ExitCode.NotFound, $"There is no key {idOrName} in {file.Path}.");
        }

        foreach (var key in revoked)
        {
            output.WriteLine($"{key.Id} ({key.Name}) is revoked.");
        }

        return 0;
    }

    private RemansoKeyFile FileOf(Dictionary<string, string> options) => new(options.GetValueOrDefault("file", defaultFile), time);

    private int Fail(int code, string line)
    {
        errors.WriteLine("remanso: " + line.ReplaceLineEndings(" "));
        return code;
    }

    private static string ExpiryOf(RemansoKey key, DateTimeOffset now) =>
        key.Expires is { } expires
            ? key.IsExpired(now)
                ? "expired"
                : expires.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)
            : "never";

    private static string Describe(RemansoGrant grant) =>
        $"{RemansoScopeNames.Text(grant.Scopes)} on "
        + $"{string.Join(", ", grant.Caches)}{(grant.KeyPrefix is null ? string.Empty : $", keys {grant.KeyPrefix}…")}";

    private static Dictionary<string, string> Options(ReadOnlySpan<string> arguments, params ReadOnlySpan<string> known)
    {
        Dictionary<string, string> options = new(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? argument : argument[..equals];
            if (!IsOption(name) || !known.Contains(name[2..]))
            {
                throw new FormatException($"{name} is not known here; see keys --help");
            }

            if (equals < 0 && i + 1 == arguments.Length)
            {
                throw new FormatException($"{name} needs a value; see keys --help");
            }

            options[name[2..]] = equals < 0 ? arguments[++i] : argument[(equals + 1)..];
        }

        return options;
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool IsOption(string argument) => argument.StartsWith("--", StringComparison.Ordinal);
}
