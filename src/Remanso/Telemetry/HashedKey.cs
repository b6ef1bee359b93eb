using System.Security.Cryptography;
using System.Text;

namespace Remanso.Telemetry;

/// <summary>The key of an entry as logs have it, for keys often name people: the first 16 hexadecimal digits of the
/// SHA-256 of its UTF-8. It is computed when it is written.</summary>
/// <example><c>printf %s user:42 | sha256sum | cut -c1-16</c> says what stands for <c>user:42</c>.</example>
internal readonly record struct HashedKey
{
    private const int Bytes = 8;

    private readonly string? _key;

    /// <summary>What stands for a key.</summary>
    public HashedKey(string key) => _key = key;

    /// <summary>What stands for a key.</summary>
    public static implicit operator HashedKey(string key) => new(key);

    /// <summary>What stands for a key.</summary>
    public static HashedKey FromString(string key) => new(key);

    /// <summary>The 16 digits.</summary>
    public override string ToString()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(_key ?? string.Empty), hash);
        return Convert.ToHexStringLower(hash[..Bytes]);
    }
}
