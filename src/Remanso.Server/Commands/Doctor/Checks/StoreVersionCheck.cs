namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the database is new enough.</summary>
internal sealed class StoreVersionCheck : ICheck
{
    public string Category => Doctor.Category.Database;

    public string Name => "version";

    public string Link => DocLink.Deployment;

    public bool IsFor(Patient patient) => patient.Store is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var version = await patient.ReachStoreAsync(cancellationToken);
        return [patient.Store!.WhyNot(version) is { } problem ? Verdict.Problem(problem, "Use a later version.") : Verdict.Ok(version)];
    }
}
