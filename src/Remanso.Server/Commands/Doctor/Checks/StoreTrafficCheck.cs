namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether what travels to the database can be read on the way.</summary>
internal sealed class StoreTrafficCheck : ICheck
{
    public string Category => Doctor.Category.Exposure;

    public string Name => "way to the database";

    public string Link => DocLink.Tls;

    public bool IsFor(Patient patient) => patient.Store is not null;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Verdict>>([
            patient.Store!.RemoteHosts is [var host, ..] && !patient.Store.IsEncrypted
                ? Verdict.Warning(
                    $"nothing demands that what travels to the database at {host} is encrypted",
                    "Add sslmode=verify-full (PostgreSQL) or ssl-mode=VerifyFull (MySQL) to the address."
                )
                : Verdict.Ok(patient.Store.RemoteHosts is [] ? "the database is on this machine" : "encrypted"),
        ]);
}
