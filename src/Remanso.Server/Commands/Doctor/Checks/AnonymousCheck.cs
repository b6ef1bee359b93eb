using Remanso.Server.Configuration;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether everybody who reaches the address is answered.</summary>
internal sealed class AnonymousCheck : ICheck
{
    public string Category => Doctor.Category.Exposure;

    public string Name => "who is answered";

    public string Link => DocLink.WhoIsAnswered;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var anonymous = bool.TryParse(patient.Configuration[SecuritySettings.AllowAnonymousName], out var allowed) && allowed;
        var open = patient.Addresses.FirstOrDefault(static address => !SecuritySettings.IsLocal(address));
        return Task.FromResult<IReadOnlyList<Verdict>>([
            anonymous && open is not null
                ? Verdict.Warning(
                    $"other machines reach {open}, and everybody there may read, write and delete everything "
                        + $"({SecuritySettings.AllowAnonymousName})",
                    "Make a key ('remanso keys create NAME --scopes all') and leave --allow-anonymous out; or see to it that "
                        + "only your own machines reach the address."
                )
                : Verdict.Ok(open is null ? "this machine alone reaches the server" : "other machines need a key or a token"),
        ]);
    }
}
