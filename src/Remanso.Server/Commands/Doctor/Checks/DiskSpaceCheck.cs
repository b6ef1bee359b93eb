namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the disks of the database file and the journal have room.</summary>
internal sealed class DiskSpaceCheck : ICheck
{
    public string Category => Doctor.Category.Files;

    public string Name => "disk space";

    public string Link => DocLink.Deployment;

    private const long LeastWithoutProblem = 64L << 20;
    private const long LeastWithoutWarning = 1L << 30;

    public bool IsFor(Patient patient) => DataFiles.Of(patient).Any();

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Verdict>>([
            .. DataFiles.Of(patient).Select(file => Judge(file.What, file.Path, patient.Disk(file.Path).FreeBytes)),
        ]);

    private static Verdict Judge(string what, string path, long free)
    {
        var message = $"{Bytes.Text(free)} free for {what} {path}";
        return free switch
        {
            < LeastWithoutProblem => Verdict.Problem(message, "Make room, or move the file."),
            < LeastWithoutWarning => Verdict.Warning(message, "Make room before it is full: writes then wait or are refused."),
            _ => Verdict.Ok(message),
        };
    }
}
