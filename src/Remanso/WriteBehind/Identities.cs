using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>Gives a write the identity by which its repetition is known.</summary>
internal static class Identities
{
    private const int FingerprintBytes = 16;
    private const int Longest = 255;

    /// <summary>Names a write of many by its place.</summary>
    public static string NameOf(string id, int place) => string.Create(CultureInfo.InvariantCulture, $"{id}#{place}");

    /// <summary>Refuses a name that one of many writes could not have (<see cref="NameOf"/>).</summary>
    /// <exception cref="ArgumentException">It is no valid name for as many.</exception>
    public static void CheckFor(string id, int writes)
    {
        var longest = Longest - NameOf(string.Empty, Math.Max(writes - 1, 0)).Length;
        if (!IsValid(id, longest))
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The idempotency key of {writes} entries is 1 to {longest} visible ")
                    + "characters of ASCII: the place of each stands behind it.",
                nameof(id)
            );
        }
    }

    /// <summary>Checks the caller's name for a write, and tells what it writes in a few characters.</summary>
    /// <param name="id">The name.</param>
    /// <param name="write">The write.</param>
    /// <param name="lifetime">Its lifetime as asked for: the end of it is another one each time.</param>
    /// <exception cref="ArgumentException">It is no valid name.</exception>
    public static WriteIdentity Of(string id, in TierWrite write, TimeSpan? lifetime)
    {
        if (!IsValid(id, Longest))
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

    private static bool IsValid(string id, int longest) =>
        id.Length >= 1 && id.Length <= longest && id.All(static letter => letter is >= '!' and <= '~');

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
