namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>How long a call to Redis takes: each read of the tier takes one.</summary>
internal sealed class RedisRoundTripCheck : ICheck
{
    public string Category => Doctor.Category.Redis;

    public string Name => "round trip";

    public string Link => DocLink.Redis;

    public bool IsFor(Patient patient) => patient.Redis is not null;

    private static readonly TimeSpan _most = TimeSpan.FromMilliseconds(10);

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken) =>
        [RoundTrip.Judge("Redis", await (await patient.ReachRedisAsync(cancellationToken)).MeasureAsync(cancellationToken), _most)];
}
