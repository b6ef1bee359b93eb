using System.Runtime.CompilerServices;
using Remanso.Entries;
using Remanso.Tiers.Memory;

namespace Remanso.Near;

/// <summary>How keys are found: by themselves where their codec is exact, so that a hit encodes nothing; else by their strings.</summary>
internal sealed class NearKeys<TKey>(IKeyCodec<TKey> codec)
    where TKey : notnull
{
    private readonly bool _isExact = codec.IsExact;

    /// <summary>A caller's key.</summary>
    public NearKey<TKey> Of(TKey key)
    {
        var code = CodeOf(key);
        return new(key, code, HashOf(key, code));
    }

    /// <summary>The key's string, where it is needed to find the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public string? CodeOf(TKey key) => _isExact ? null : Encode(key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int HashOf(TKey key, string? code) => code is not null ? KeyHasher.Of(code)
        : key is string text ? KeyHasher.Of(text)
        // A null key, which the reader refuses later, is not found.
        : KeyHasher.Of(key is null ? 0 : key.GetHashCode());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private string Encode(TKey key) => codec.Encode(key);

    /// <summary>A key that the tier named.</summary>
    /// <returns>False where it is the key of no caller of this process.</returns>
    public bool TryFrom(string code, out NearKey<TKey> key)
    {
        if (!_isExact)
        {
            key = new(default!, code, KeyHasher.Of(code));
            return true;
        }

        try
        {
            key = Of(codec.Decode(code));
            return true;
        }
        catch (FormatException)
        {
            key = default;
            return false;
        }
    }
}
