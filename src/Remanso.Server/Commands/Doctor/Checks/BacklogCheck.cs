using System.Globalization;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether accepted writes reach the database.</summary>
internal sealed class BacklogCheck : ICheck
{
    public string Category => Doctor.Category.Data;

    public string Name => "backlog";

    public string Link => DocLink.Lag;

    private static readonly TimeSpan _usual = TimeSpan.FromMinutes(1);

    public bool IsFor(Patient patient) => patient.Redis is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var redis = await patient.ReachRedisAsync(cancellationToken);
        List<Verdict> verdicts = [];
        foreach (var (cache, options) in patient.Caches)
        {
            var backlog = await redis.CountAsync(cache, options.Tier, cancellationToken);
            var most = options.Flush.QuietHours is null
                ? TimeSpan.FromTicks(Math.Max(_usual.Ticks, options.Flush.Interval.Ticks * 10))
                : TimeSpan.FromDays(1);
            if (backlog.Entries > 0 && backlog.Oldest > most)
            {
                verdicts.Add(
                    Verdict.Warning(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{backlog.Entries} {(backlog.Entries == 1 ? "entry" : "entries")} of the cache {cache} "
                                + $"{(backlog.Entries == 1 ? "is" : "are")} not in the database, the oldest for "
                                + $"{backlog.Oldest.TotalSeconds:0} s; "
                                + $"{backlog.Workers} {(backlog.Workers == 1 ? "worker is" : "workers are")} alive"
                        ),
                        "Start a process with the role all or worker; look whether the database takes what is flushed."
                    )
                );
            }
        }

        return verdicts is [] ? [Verdict.Ok("nothing waits for long")] : verdicts;
    }
}
