using System.Globalization;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether caches that this configuration does not declare have entries that nobody flushes.</summary>
internal sealed class UndeclaredCacheCheck : ICheck
{
    public string Category => Doctor.Category.Data;

    public string Name => "undeclared caches";

    public string Link => DocLink.CachesLeft;

    public bool IsFor(Patient patient) => patient.Redis is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var redis = await patient.ReachRedisAsync(cancellationToken);
        List<Verdict> verdicts = [];
        foreach (var cache in await redis.ListCachesAsync(cancellationToken))
        {
            var (entries, letters) = (cache.Dirty.Entries, cache.Dirty.DeadLetters);
            if (cache.Workers == 0 && entries + letters > 0 && !patient.Caches.ContainsKey(cache.Cache))
            {
                verdicts.Add(
                    Verdict.Warning(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"the cache {cache.Cache} is not declared here, and no worker that flushes it is alive: {entries} dirty "
                                + $"{(entries == 1 ? "entry" : "entries")} and {letters} dead "
                                + $"{(letters == 1 ? "letter" : "letters")} of it wait in Redis"
                        ),
                        "Declare it again, with its store and settings, until it is flushed and its dead letters are seen to."
                    )
                );
            }
        }

        return verdicts is [] ? [Verdict.Ok("none has entries that nobody flushes")] : verdicts;
    }
}
