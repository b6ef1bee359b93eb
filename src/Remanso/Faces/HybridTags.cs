using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Remanso.Entries;

namespace Remanso.Faces;

// What is no tag for a tier (CacheTag: too long, control characters) is kept as its hash. Nobody can read a tag back
// through the contract, so a name that stands for it is as good.

/// <summary>The tags of the contract: any name but one, of any length, and any number of them.</summary>
internal static class HybridTags
{
    /// <summary>Stands for all entries where tags are removed; no entry may carry it.</summary>
    public const string All = "*";

    private const string HashPrefix = "sha256:";

    /// <summary>The tags of a value.</summary>
    /// <exception cref="ArgumentException">One is blank, or stands for all entries.</exception>
    public static string[] Of(IEnumerable<string>? tags)
    {
        if (tags is null)
        {
            return [];
        }

        string[] list = [.. tags];
        foreach (var tag in list)
        {
            if (string.IsNullOrWhiteSpace(tag))
            {
                throw new ArgumentException("A tag is blank.", nameof(tags));
            }

            if (tag == All)
            {
                throw new ArgumentException("The tag '*' stands for all entries; none can carry it.", nameof(tags));
            }
        }

        return [.. list.Select(Kept).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The tag under which a tier keeps a name.</summary>
    public static string Kept(string tag) =>
        CacheTag.IsValid(tag) && !tag.StartsWith(HashPrefix, StringComparison.Ordinal)
            ? tag
            : HashPrefix + Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(tag.AsSpan())));
}
