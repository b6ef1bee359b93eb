using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// Nothing here asks a server: what is in force comes in, and a sentence goes out, which whoever starts is refused with, or
// whoever runs says that something is wrong.
//
// Two names. A store is known by what it tells. Earlier versions noted the default store's name for a cache with a store
// of its own, and a cache is not taken away from them while it is moved from one version to the next: the name that is
// in force stays, in the terms, too, and what the store tells stands beside it. This version compares that.

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
    private readonly bool _keepsVersions;
    private readonly string? _earlier;
    private volatile Statement _statement;

    public AgreedSettings(string cache, TierOptions options)
    {
        _cache = cache;
        _partitions = options.Partitions;
        _keepsVersions = options.KeepsVersions;
        _mode = ModeOf(_keepsVersions);
        // Never empty, so that what nobody has stated is told apart.
        var store = options.NotedStore;
        Told = $"={store.Name}";
        _earlier = store.Earlier is { } earlier ? $"={earlier}" : null;
        _statement = StatementOf(Told);
    }

    /// <summary>Names and values by turns, as the cache states them; the store last.</summary>
    public string[] Fields => _statement.Fields;

    /// <summary>A short form of them, as each partition states it.</summary>
    public long Terms => _statement.Terms;

    /// <summary>The terms of who differs in the mode alone.</summary>
    public long TermsOfOtherMode => _statement.TermsOfOtherMode;

    /// <summary>What the store tells.</summary>
    public string Told { get; }

    /// <summary>Takes the name under which the cache has this store already, if it has.</summary>
    /// <returns>Whether it is another than before, so that what is in force is to be compared again.</returns>
    public bool Adopt(InForce inForce) =>
        Adopt(
            inForce.Told == Told || IsOfEarlier(inForce) ? inForce.Store
            // Of another store: it may not go by the same terms.
            : inForce.Told is not null && inForce.Store == Told ? $"={Told}"
            : Told
        );

    /// <summary>The same, by what partitions state: who knew the name may be lost.</summary>
    public void Adopt(StatedTerms[] stated)
    {
        if (_earlier is not null && StatementOf(_earlier).Terms is var terms && Array.Exists(stated, one => one.Terms == terms))
        {
            Adopt(_earlier);
        }
    }

    /// <summary>Whether a partition states other terms than these.</summary>
    public bool IsOther(StatedTerms stated) => stated.Terms != 0 && stated.Terms != Terms;

    /// <summary>Whether mode and store are those in force.</summary>
    public bool AreInForce(InForce inForce) => inForce.Mode == _mode && IsOurs(inForce);

    /// <summary>Whether the cache is another store's that somebody used not long ago.</summary>
    public bool IsUsedByOthers(InForce inForce) => !IsOurs(inForce) && inForce.Age.Duration() < AbandonedAfter;

    /// <summary>In what these differ from what is in force; null: in nothing.</summary>
    public string? Difference(InForce inForce) =>
        Lasting(inForce)
        ?? (
            !IsOurs(inForce) ? OtherStore(inForce, $"{ToBeGiven} for {_abandoned}.")
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
        : !IsOurs(inForce)
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

    private bool IsOurs(InForce inForce) => inForce.Store == _statement.Store && (inForce.Told ?? Told) == Told;

    private bool IsOfEarlier(InForce inForce) => inForce.Told is null && _earlier is not null && inForce.Store == _earlier;

    private bool Adopt(string store)
    {
        if (store == _statement.Store)
        {
            return false;
        }

        _statement = StatementOf(store);
        return true;
    }

    private Statement StatementOf(string store)
    {
        var fields = FieldsOf(_mode, store);
        return new(store, fields, TermsOf(fields), TermsOf(FieldsOf(ModeOf(!_keepsVersions), store)));
    }

    private string[] FieldsOf(string mode, string store) =>
        [
            "layout",
            EntryLayout.Version.ToString(CultureInfo.InvariantCulture),
            "partitions",
            _partitions.ToString(CultureInfo.InvariantCulture),
            "versions",
            mode,
            "store",
            store,
        ];

    private string OtherMode(InForce inForce, string remedy) =>
        $"Remanso:Caches:{_cache}:WriteMode keeps {(_mode == ModeOf(true) ? "every version" : "no versions")} here, but "
        + $"{(inForce.Mode == ModeOf(true) ? "every version" : "none")} on this Redis, {remedy}";

    private string OtherStore(InForce inForce, string remedy) =>
        $"The cache {_cache} on this Redis belongs to the store {NameOf(inForce.Told ?? inForce.Store)}, and this process has "
        + $"{(Told.Length > 1 ? NameOf(Told) : "one without a name")}: two deployments on one Redis need a prefix each "
        + $"(redis://host/0?prefix=NAME). {remedy}";

    private static string ModeOf(bool keepsVersions) => keepsVersions ? "1" : "0";

    private static string NameOf(string store) => store.Length > 1 ? store[1..] : "without a name";

    private static long TermsOf(string[] fields) =>
        Math.Max(1, BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', fields)))) & Exact);

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    /// <summary>What is stated, under one name of the store.</summary>
    private sealed record Statement(string Store, string[] Fields, long Terms, long TermsOfOtherMode);
}
