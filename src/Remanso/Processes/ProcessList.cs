using Remanso.Tiers;

namespace Remanso.Processes;

/// <summary>Makes of what the tiers of all caches know the processes as people see them.</summary>
internal static class ProcessList
{
    private const int MissedUntilDead = 3;

    /// <summary>The living first, then by role and start.</summary>
    /// <param name="self">This process.</param>
    /// <param name="caches">Of each cache: its name, the number of its partitions, who is known there.</param>
    public static IReadOnlyList<RemansoProcess> Of(
        string self,
        IEnumerable<(string Cache, int Partitions, IReadOnlyList<RegisteredProcess> Known)> caches
    )
    {
        var shares =
            from cache in caches
            from process in cache.Known
            let card = ProcessCard.Read(process.Card)
            where card is not null
            group (
                Card: card,
                Share: new ProcessShare(
                    cache.Cache,
                    card.Flushes,
                    PartitionText.Read(card.Held, cache.Partitions),
                    cache.Partitions,
                    process.Silence,
                    IsAlive(process.Silence, card.BeatMs)
                )
            ) by process.Process;
        return
        [
            .. shares
                .Select(process => Join(process.Key, process.Key == self, [.. process]))
                .OrderBy(static process => !process.IsAlive)
                .ThenBy(static process => process.Role, StringComparer.Ordinal)
                .ThenBy(static process => process.StartedAt)
                .ThenBy(static process => process.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether a process that was silent for so long may be alive.</summary>
    public static bool IsAlive(TimeSpan silence, long beatMs) =>
        silence
        < TimeSpan.FromMilliseconds(
            MissedUntilDead * Math.Clamp(beatMs, ProcessBeat.Every.TotalMilliseconds, ProcessBeat.Keep.TotalMilliseconds)
        );

    // What was said last counts.
    private static RemansoProcess Join(string id, bool isThis, List<(ProcessCard Card, ProcessShare Share)> all)
    {
        var card = all.MinBy(static one => one.Share.Silence).Card;
        var started = DateTimeOffset.FromUnixTimeMilliseconds(
            Math.Clamp(card.StartedAt, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        );
        return new RemansoProcess(
            id,
            isThis,
            card.Role,
            card.Version,
            card.Machine,
            card.Number,
            started,
            [.. all.Select(static one => one.Share).OrderBy(static share => share.Cache, StringComparer.Ordinal)]
        );
    }
}
