using System.Runtime.CompilerServices;
using Remanso.Common;
using Remanso.Entries;

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

    /// <summary>The string by which the key is found: itself where it is one, its code where keys can't be compared; else null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public string? CodeOf(TKey key) => _isExact ? key as string : Encode(key);

    // A null key, which the reader refuses later, is not found.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int HashOf(TKey key, string? code) => code is not null ? KeyHasher.Of(code) : KeyHasher.Of(key?.GetHashCode() ?? 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private string Encode(TKey key) => codec.Encode(key);

    /// <summary>A key that the tier named.</summary>
    /// <returns>False where it is the key of no caller of this process.</returns>
    public bool TryFrom(string code, out NearKey<TKey> key)
    {
        if (!_isExact)
        {
            key = new(default!, code, HashOf(default!, code));
            return true;
        }

        var isOurs = codec.TryDecode(code, out var decoded);
        key = isOurs ? Of(decoded!) : default;
        return isOurs;
    }
}
