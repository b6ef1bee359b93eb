using Remanso.Server.Configuration;
using Remanso.Server.Hosting;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the process may open as many files as it may have connections.</summary>
internal sealed class ConnectionsCheck : ICheck
{
    public string Category => Doctor.Category.Settings;

    public string Name => "connections";

    public string Link => DocLink.Limits;

    public bool IsFor(Patient patient) => OpenFiles.Limit is not null && patient.MaxConnections is not null;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var connections = patient.MaxConnections!.Value;
        var text = FormattableString.Invariant(
            $"{connections} connections are let in, and a process that is started from here may open {OpenFiles.Limit} files"
        );
        return Task.FromResult<IReadOnlyList<Verdict>>([
            connections <= OpenFiles.Left(OpenFiles.Limit)
                ? Verdict.Ok(
                    SecuritySettings.IsReduced(connections)
                        ? FormattableString.Invariant($"{text}: with more it would be {SecuritySettings.ConnectionsUnlessSet}")
                        : text
                )
                : Verdict.Warning(
                    FormattableString.Invariant($"{text}, of which {OpenFiles.OfTheProcess} are its own: without any left it ends"),
                    "Raise the limit (LimitNOFILE of systemd, ulimit -n), or lower Remanso:Security:MaxConnections."
                ),
        ]);
    }
}
