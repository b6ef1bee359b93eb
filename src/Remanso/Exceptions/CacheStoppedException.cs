namespace Remanso;

/// <summary>
/// The cache is stopped, or is being stopped and has begun to store what is dirty: nobody would store this write, or tell this watch
/// of changes. Nothing was written.
/// </summary>
/// <param name="cache">The cache's name.</param>
public sealed class CacheStoppedException(string cache)
    : Exception($"The cache '{cache}' is stopped: nobody would store this write, so it was not accepted.")
{
    /// <inheritdoc/>
    public override string Message => IsOfWatch ? $"The cache '{Cache}' is stopped: it tells of no changes any more." : base.Message;

    /// <summary>Whether it was a watch that came too late.</summary>
    internal bool IsOfWatch { get; init; }

    /// <summary>The cache's name.</summary>
    public string Cache { get; } = cache;
}
