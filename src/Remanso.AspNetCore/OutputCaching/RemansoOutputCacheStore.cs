using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.OutputCaching;

namespace Remanso.AspNetCore.OutputCaching;

// The platform's keys have control characters and any length, so they are kept as their hashes; likewise tags that are
// long, or not ASCII. A tier that can't be reached is a miss, and a response that can't be kept is served: a page does
// not fail for its cache.

/// <summary>A cache without a store as <see cref="IOutputCacheStore"/>.</summary>
internal sealed class RemansoOutputCacheStore(ICache<string, OutputEntry> cache, ILogger logger) : IOutputCacheStore
{
    private const int LongestPlainTag = 64;

    public async ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        try
        {
            var read = await cache.GetAsync(HashOf(key), cancellationToken).ConfigureAwait(false);
            return read.Found ? read.Value.Bytes.ToArray() : null;
        }
        catch (TierUnavailableException exception)
        {
            logger.OutputNotRead(cache.Name, exception.Message);
            return null;
        }
    }

    public async ValueTask SetAsync(string key, byte[] value, string[]? tags, TimeSpan validFor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        var shortest = TimeSpan.FromMilliseconds(1);
        var options = new WriteOptions { Lifetime = validFor < shortest ? shortest : validFor, Tags = [.. (tags ?? []).Select(Kept)] };
        try
        {
            await cache.SetAsync(HashOf(key), new OutputEntry(value), options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TierUnavailableException or BackPressureException or ValueTooLargeException)
        {
            logger.OutputNotKept(cache.Name, exception.Message);
        }
    }

    public ValueTask EvictByTagAsync(string tag, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        return cache.RemoveByTagAsync(Kept(tag), cancellationToken);
    }

    private static string Kept(string tag) =>
        tag.Length is > 0 and <= LongestPlainTag && tag.All(static c => c is > ' ' and <= '~') && tag[0] != '#' ? tag : "#" + HashOf(tag);

    private static string HashOf(string name) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(name.AsSpan())));
}
