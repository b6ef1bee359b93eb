namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether every setting can be read, is known, and is in its range: each that is not.</summary>
internal sealed class SettingsCheck : ICheck
{
    public string Category => Doctor.Category.Settings;

    public string Name => "configuration";

    public string Link => DocLink.ServerSettings;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Verdict>>(
            patient.SettingProblems.Count == 0
                ? [Verdict.Ok("every setting is known and in its range")]
                :
                [
                    .. patient.SettingProblems.Select(static problem =>
                        Verdict.Problem(problem, "The server would not start: change the setting.")
                    ),
                ]
        );
}
