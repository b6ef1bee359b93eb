using System.Globalization;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether settings of a cache, each in its range, make one another useless.</summary>
internal sealed class ContradictionCheck : ICheck
{
    public string Category => Doctor.Category.Settings;

    public string Name => "caches";

    public string Link => DocLink.CacheSettings;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        Verdict[] verdicts = [.. patient.Caches.SelectMany(static cache => Find("Remanso:Caches:" + cache.Key, cache.Value))];
        return Task.FromResult<IReadOnlyList<Verdict>>(verdicts is [] ? [Verdict.Ok("no setting makes another one useless")] : verdicts);
    }

    private static IEnumerable<Verdict> Find(string path, CacheOptions options)
    {
        if (options.Load.SoftTimeout > TimeSpan.Zero && options.Load.SoftTimeout >= options.Load.Timeout)
        {
            yield return Verdict.Warning(
                $"{path}:Load:SoftTimeout ({options.Load.SoftTimeout}) is not below Load:Timeout ({options.Load.Timeout}): "
                    + "no stale copy is ever served for a slow load",
                "Set Load:SoftTimeout below Load:Timeout, or to 0."
            );
        }

        if (options.Flush.QuietHours is { } hours && options.Tier.MaxDirtyAge is { } age && LengthOf(hours) > age / 2)
        {
            yield return Verdict.Warning(
                $"{path}:Flush:QuietHours ({hours}) last longer than half of Tier:MaxDirtyAge ({age}): what is that old is flushed "
                    + "in them, too, so they are not quiet",
                "Raise Tier:MaxDirtyAge to twice the hours if they shall be, and with it what a lost tier takes; or shorten them."
            );
        }

        if (options.Flush.QuietHours is not null && options.Durability == Durability.Stored)
        {
            yield return Verdict.Warning(
                $"{path}:Durability is Stored, so every write is flushed at once, in Flush:QuietHours too",
                "Leave QuietHours out, or use another durability."
            );
        }

        if (options.Near.Enabled && options.Near.MaxBytes < options.MaxValueBytes)
        {
            yield return Verdict.Warning(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}:Near:MaxBytes ({options.Near.MaxBytes}) is below MaxValueBytes ({options.MaxValueBytes}): the "
                        + $"largest values are never near"
                ),
                "Raise Near:MaxBytes, or lower MaxValueBytes."
            );
        }

        if (options.Flush.BatchSize > options.Tier.MaxDirtyEntries)
        {
            yield return Verdict.Warning(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}:Flush:BatchSize ({options.Flush.BatchSize}) is above Tier:MaxDirtyEntries "
                        + $"({options.Tier.MaxDirtyEntries}): writes are refused before a batch is full"
                ),
                "Raise Tier:MaxDirtyEntries, or lower Flush:BatchSize."
            );
        }
    }

    private static TimeSpan LengthOf(QuietHours hours) => hours.Until - hours.From;
}
