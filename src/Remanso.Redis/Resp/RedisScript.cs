using System.Security.Cryptography;
using System.Text;

namespace Remanso.Redis.Resp;

/// <summary>A Lua script, known to the server by its digest: only a server that has not seen it yet is sent the
/// body.</summary>
internal sealed class RedisScript
{
    public RedisScript(string body)
    {
        Body = body;
#pragma warning disable CA5350 // SHA-1 is what Redis names scripts by; nothing is secured with it.
        Sha1 = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(body)));
#pragma warning restore CA5350
    }

    public string Body { get; }

    /// <summary>40 lower-case hex digits.</summary>
    public string Sha1 { get; }
}
