namespace Remanso;

/// <summary>What a watcher is told of (<see cref="CacheChange{TKey, TValue}"/>).</summary>
public enum CacheChangeKind
{
    /// <summary>Earlier changes may not have been told (<see cref="CacheChange{TKey, TValue}.Gap"/> says why): what
    /// was derived from them is to be read anew. The first change of every watch is one, unless it goes on where an
    /// earlier one ended.</summary>
    Gap,

    /// <summary>The key was written, or took over a row that others wrote;
    /// <see cref="CacheChange{TKey, TValue}.Version"/> is its version.</summary>
    Written,

    /// <summary>The key was deleted; <see cref="CacheChange{TKey, TValue}.Version"/> is the version of that.</summary>
    Removed,

    /// <summary>The key's copies were dropped or expired: its row may have changed, or a dead letter was given up. The
    /// version is 0.</summary>
    Invalidated,

    /// <summary>The copies of what carries a tag were dropped or expired: <see cref="CacheChange{TKey, TValue}.Tag"/>.
    /// There is no key.</summary>
    TagInvalidated,

    /// <summary>All copies were dropped or expired. There is no key.</summary>
    AllInvalidated,
}
