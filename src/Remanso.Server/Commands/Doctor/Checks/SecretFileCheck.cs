using Remanso.Server.Configuration;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether other users of the machine can read or change files that hold keys, passwords and addresses.</summary>
internal sealed class SecretFileCheck : ICheck
{
    public string Category => Doctor.Category.Exposure;

    public string Name => "files with secrets";

    public string Link => DocLink.Secrets;

    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    // What in appsettings.json is a secret where it is set.
    private static readonly string[] _secrets = ["ConnectionStrings", "Kestrel:Certificates"];

    public bool IsFor(Patient patient) => !OperatingSystem.IsWindows();

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        List<Verdict> verdicts = [];
        foreach (var (path, what) in Find(patient.Configuration))
        {
            if (
                !OperatingSystem.IsWindows()
                && File.Exists(path)
                && (File.GetUnixFileMode(path) & Others) is var mode
                && mode != UnixFileMode.None
            )
            {
                var message =
                    $"every user of this machine can {(mode.HasFlag(UnixFileMode.OtherWrite) ? "change" : "read")} {path}, {what}";
                var fix = $"chmod o-rwx {path}";
                verdicts.Add(mode.HasFlag(UnixFileMode.OtherWrite) ? Verdict.Problem(message, fix) : Verdict.Warning(message, fix));
            }
        }

        return Task.FromResult<IReadOnlyList<Verdict>>(
            verdicts is [] ? [Verdict.Ok("no other user of this machine reads them")] : verdicts
        );
    }

    private static IEnumerable<(string Path, string What)> Find(IConfiguration configuration)
    {
        if (SecuritySettings.KeyFileOf(configuration) is { } keys)
        {
            yield return (keys, "the file of keys");
        }

        foreach (var name in SecretFiles.Names)
        {
            if (configuration[name + SecretFiles.Suffix] is { Length: > 0 } file)
            {
                yield return (file, $"which holds {name}");
            }
        }

        foreach (var certificate in configuration.GetSection("Kestrel:Certificates").GetChildren())
        {
            if (certificate["KeyPath"] is { Length: > 0 } key)
            {
                yield return (key, "a private key");
            }
        }

        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "appsettings*.json"))
        {
            var alone = new ConfigurationBuilder().AddJsonFile(file, optional: true, reloadOnChange: false).Build();
            if (Array.Exists(_secrets, section => alone.GetSection(section).Exists()))
            {
                yield return (file, "which holds connection strings");
            }
        }
    }
}
