using Remanso.Server.Configuration;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether other users of the machine can read or change files that hold keys, passwords, addresses and values.</summary>
internal sealed class SecretFileCheck : ICheck
{
    public string Category => Doctor.Category.Exposure;

    public string Name => "files with secrets";

    public string Link => DocLink.Secrets;

    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public bool IsFor(Patient patient) => !OperatingSystem.IsWindows();

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        List<Verdict> verdicts = [];
        foreach (var (path, what) in Find(patient))
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

    private static IEnumerable<(string Path, string What)> Find(Patient patient)
    {
        foreach (var named in SecretSettings.FilesOf(patient.Configuration))
        {
            yield return named;
        }

        foreach (var (what, path) in DataFiles.Of(patient))
        {
            // SQLite makes the first two beside it, with its mode.
            foreach (var file in (string[])[path, path + "-wal", path + "-shm"])
            {
                yield return (file, $"{what} with the values of the caches");
            }
        }

        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "appsettings*.json"))
        {
            var alone = new ConfigurationBuilder().AddJsonFile(file, optional: true, reloadOnChange: false).Build();
            if (SecretSettings.AreIn(alone))
            {
                yield return (file, "which holds connection strings or passwords");
            }
        }
    }
}
