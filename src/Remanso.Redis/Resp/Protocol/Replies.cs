namespace Remanso.Redis.Resp.Protocol;

/// <summary>The usual parsers.</summary>
internal static class Replies
{
    public static readonly ReplyParser<long> Int64 = static (ref reply) => reply.ReadInt64();

    public static readonly ReplyParser<bool> Boolean = static (ref reply) => reply.ReadBoolean();

    public static readonly ReplyParser<string?> Text = static (ref reply) => reply.ReadString();

    /// <summary>For a command whose answer says nothing beyond that it ran. True unless the answer is a null
    /// (<c>SET … NX</c>).</summary>
    public static readonly ReplyParser<bool> Done = static (ref reply) => !reply.TryReadNull();

    /// <summary>A flat list of strings; empty for a null.</summary>
    public static readonly ReplyParser<List<string?>> Texts = static (ref reply) =>
    {
        var list = new List<string?>();
        for (var left = reply.ReadArrayHeader(); left > 0; left--)
        {
            list.Add(reply.ReadString());
        }
        return list;
    };
}
