namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether Redis is new enough.</summary>
internal sealed class RedisVersionCheck : ICheck
{
    public string Category => Doctor.Category.Redis;

    public string Name => "version";

    public string Link => DocLink.Redis;

    public bool IsFor(Patient patient) => patient.Redis is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken) =>
        [
            .. (await patient.ReadRedisAsync(cancellationToken)).Select(static server =>
                server.Settings switch
                {
                    { Version.Length: 0 } => Verdict.Unknown($"{server.Server} does not tell its version", "Allow this user INFO."),
                    { VersionProblem: { } problem } => Verdict.Problem($"{server.Server} {problem}", "Use Redis 7 or later, or Valkey."),
                    var settings => Verdict.Ok($"{server.Server} is version {settings.Version}"),
                }
            ),
        ];
}
