using Remanso.Entries;
using Remanso.Stores;
using Remanso.Telemetry;

namespace Remanso.ReadThrough;

// What is above 2^53 is not told apart where versions are doubles (Redis' scripts, JSON): a write would get the version that
// its row has already, and be taken for stored. Below 0 no version is compared, and -1 asks a tier for one.

/// <summary>The versions that rows may have: 0, where nobody has written them through the cache, to
/// <see cref="VersionIssuer.Highest"/>.</summary>
internal static class RowVersion
{
    /// <summary>Whether it is one of them.</summary>
    public static bool IsSound(long version) => version is >= 0 and <= VersionIssuer.Highest;

    /// <summary>Lets nothing pass that a tier can't keep, or a write could not go above.</summary>
    /// <exception cref="StoreException">It is none of them; the error is of this key alone.</exception>
    public static void ThrowUnlessSound(string key, long version)
    {
        if (!IsSound(version))
        {
            throw new StoreException(
                $"The row of the key {new HashedKey(key)} has the version {version}. Versions are 0 to {VersionIssuer.Highest} "
                    + "(2^53 - 1): bring the store's version column to that scale.",
                isTransient: false
            )
            {
                BlamesRow = true,
            };
        }
    }

    /// <summary>Lets no write into the store that the next one could not go above.</summary>
    /// <exception cref="StoreException">It is none of them.</exception>
    public static void ThrowUnlessStorable(string key, long version)
    {
        if (!IsSound(version))
        {
            throw new StoreException(
                $"The write of the key {new HashedKey(key)} has the version {version}, for its row had one that is as high. "
                    + $"Versions are 0 to {VersionIssuer.Highest} (2^53 - 1): bring the store's version column to that scale.",
                isTransient: false
            )
            {
                BlamesRow = true,
            };
        }
    }
}
