using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// Nothing here asks a server: what is in force comes in, and a sentence goes out, which whoever starts is refused with, or
// whoever runs says that something is wrong.

/// <summary>What the processes of a cache must agree on, as this one has it; and in what others differ.</summary>
internal sealed class AgreedSettings
{
    /// <summary>For how long nobody may have used a cache before it can be given to another store.</summary>
    public static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(1);

    private const long Exact = (1L << 53) - 1;

    private const string ToBeGiven =
        "To give the cache to another store, flush it, replay or drop its dead letters, and stop its processes";

    private static readonly string _abandoned = $"{AbandonedAfter.TotalSeconds:0} s";

    private readonly string _cache;
    private readonly int _partitions;
    private readonly string _mode;
    private readonly string _store;

    public AgreedSettings(string cache, TierOptions options)
    {
        _cache = cache;
        _partitions = options.Partitions;
        _mode = ModeOf(options.KeepsVersions);
        // Never empty, so that what nobody has stated is told apart.
        _store = $"={options.NotedStore}";
        Fields = FieldsOf(_mode);
        Terms = TermsOf(Fields);
        TermsOfOtherMode = TermsOf(FieldsOf(ModeOf(!options.KeepsVersions)));
    }

    /// <summary>Names and values by turns, as the cache states them.</summary>
    public string[] Fields { get; }

    /// <summary>A short form of them, as each partition states it.</summary>
    public long Terms { get; }

    /// <summary>The terms of who differs in the mode alone.</summary>
    public long TermsOfOtherMode { get; }

    /// <summary>Whether a partition states other terms than these.</summary>
    public bool IsOther(StatedTerms stated) => stated.Terms != 0 && stated.Terms != Terms;

    /// <summary>Whether mode and store are those in force.</summary>
    public bool AreInForce(InForce inForce) => inForce.Mode == _mode && inForce.Store == _store;

    /// <summary>Whether the cache is another store's that somebody used not long ago.</summary>
    public bool IsUsedByOthers(InForce inForce) => inForce.Store != _store && inForce.Age.Duration() < AbandonedAfter;

    /// <summary>In what these differ from what is in force; null: in nothing.</summary>
    public string? Difference(InForce inForce) =>
        Lasting(inForce)
        ?? (
            inForce.Store != _store ? OtherStore(inForce, $"{ToBeGiven} for {_abandoned}.")
            : inForce.Mode != _mode ? OtherMode(inForce, "which its processes have changed to meanwhile: stop the ones of the other mode.")
            : null
        );

    /// <summary>In what these differ that can't be restated, for what is there would be lost; null: in nothing.</summary>
    public string? Lasting(InForce inForce) =>
        Array.IndexOf(inForce.Values, null) >= 0
            ? $"The cache {_cache} on this Redis has partitions that were written with other settings "
                + "(Tier:Partitions, WriteMode, or another store), and what these were is lost."
        : Number(inForce.Layout) is var layout && layout != EntryLayout.Version
            ? $"The cache {_cache} on this Redis has entries of layout {layout}; this version of Remanso reads and writes "
                + $"layout {EntryLayout.Version}."
        : Number(inForce.Partitions) is var partitions && partitions != _partitions
            ? $"Remanso:Caches:{_cache}:Tier:Partitions is {_partitions} here, but {partitions} on this Redis: all "
                + "processes of a cache must agree."
        : null;

    /// <summary>Why what is in force can't be changed to these now; null where it can.</summary>
    /// <param name="inForce">What is in force.</param>
    /// <param name="bound">How many entries are dirty or dead letters under it.</param>
    public string? WhyNotFree(InForce inForce, long bound) =>
        IsUsedByOthers(inForce) ? OtherStore(inForce, $"{ToBeGiven}: one of them used it less than {_abandoned} ago.")
        : bound == 0 ? null
        : inForce.Store != _store
            ? OtherStore(
                inForce,
                $"{bound} of its entries are dirty or dead letters: start its processes with that store again, flush, replay or drop "
                    + $"the dead letters, and stop them for {_abandoned}."
            )
        : OtherMode(
            inForce,
            $"where {bound} entries are dirty or dead letters: flush them with the mode that they were written in, "
                + "replay or drop the dead letters, and stop its processes."
        );

    /// <summary>What keeps a partition from these.</summary>
    public string BoundToOthers(int partition) =>
        $"Partition {partition} of the cache {_cache} on this Redis has dirty entries or dead letters that were written "
        + "with other settings (WriteMode, or another store): flush them with those, replay or drop the dead letters, and stop "
        + "their processes.";

    private string[] FieldsOf(string mode) =>
        [
            "layout",
            EntryLayout.Version.ToString(CultureInfo.InvariantCulture),
            "partitions",
            _partitions.ToString(CultureInfo.InvariantCulture),
            "versions",
            mode,
            "store",
            _store,
        ];

    private string OtherMode(InForce inForce, string remedy) =>
        $"Remanso:Caches:{_cache}:WriteMode keeps {(_mode == ModeOf(true) ? "every version" : "no versions")} here, but "
        + $"{(inForce.Mode == ModeOf(true) ? "every version" : "none")} on this Redis, {remedy}";

    private string OtherStore(InForce inForce, string remedy) =>
        $"The cache {_cache} on this Redis belongs to the store {NameOf(inForce.Store)}, and this process has "
        + $"{NameOf(_store)}: two deployments on one Redis need a prefix each "
        + $"(redis://host/0?prefix=NAME). {remedy}";

    private static string ModeOf(bool keepsVersions) => keepsVersions ? "1" : "0";

    private static string NameOf(string store) => store.Length > 1 ? store[1..] : "without a name";

    private static long TermsOf(string[] fields) =>
        Math.Max(1, BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', fields)))) & Exact);

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
