namespace Remanso;

/// <summary>
/// The cache is stopped, or is being stopped and has begun to store what is dirty: nobody would store this write. Nothing was written.
/// </summary>
/// <param name="cache">The cache's name.</param>
public sealed class CacheStoppedException(string cache)
    : Exception($"The cache '{cache}' is stopped: nobody would store this write, so it was not accepted.")
{
    /// <summary>The cache's name.</summary>
    public string Cache { get; } = cache;
}
