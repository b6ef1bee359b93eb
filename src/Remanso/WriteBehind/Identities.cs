using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>Gives a write the identity by which its repetition is known.</summary>
internal static class Identities
{
    private const int FingerprintBytes = 16;

    /// <summary>Checks the caller's name for a write, and tells what it writes in a few characters.</summary>
    /// <param name="id">The name.</param>
    /// <param name="write">The write.</param>
    /// <param name="lifetime">Its lifetime as asked for: the end of it is another one each time.</param>
    /// <exception cref="ArgumentException">It is no valid name.</exception>
    public static WriteIdentity Of(string id, in TierWrite write, TimeSpan? lifetime)
    {
        if (id.Length is 0 or > 255 || id.Any(static c => c is < '!' or > '~'))
        {
            throw new ArgumentException("An idempotency key is 1 to 255 visible characters of ASCII.", nameof(id));
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(
            hash,
            write.Tombstone ? 1
                : write.Merge is { } merge ? 2 + (int)merge.Kind
                : 0
        );
        Add(hash, (int)write.Condition.Kind);
        Add(hash, write.Condition.Version);
        Add(hash, write.Merge?.Number ?? 0);
        Add(hash, lifetime?.Ticks ?? -1);
        Add(hash, write.ContentType ?? string.Empty);
        Add(hash, write.Tags?.Count ?? 0);
        foreach (var tag in write.Tags ?? [])
        {
            Add(hash, tag);
        }

        if (write.Merge is { IsJson: true })
        {
            Add(hash, write.Merge.Cap);
            hash.AppendData(write.Merge.Json.Span);
        }

        hash.AppendData(write.Value.Span);
        return new WriteIdentity(id, Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, FingerprintBytes)));
    }

    private static void Add(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Add(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
