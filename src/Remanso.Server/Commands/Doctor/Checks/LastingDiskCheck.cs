namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the disks of the database file and the journal outlive a restart.</summary>
internal sealed class LastingDiskCheck : ICheck
{
    public string Category => Doctor.Category.Files;

    public string Name => "lasting disk";

    public string Link => DocLink.Deployment;

    public bool IsFor(Patient patient) => DataFiles.Of(patient).Any();

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Verdict>>([
            .. DataFiles
                .Of(patient)
                .Select(file =>
                {
                    var format = patient.Disk(file.Path).Format;
                    var end = format.StartsWith("overlay", StringComparison.Ordinal) ? "this container" : "this machine's next restart";
                    return new DiskFacts(0, format).IsForgetful(patient.IsInContainer)
                        ? Verdict.Problem(
                            $"{file.What} {file.Path} is on {format}: it ends with {end}",
                            "Put it on a disk or a volume that stays."
                        )
                        : Verdict.Ok($"{file.What} {file.Path} is on {format}");
                }),
        ]);
}
