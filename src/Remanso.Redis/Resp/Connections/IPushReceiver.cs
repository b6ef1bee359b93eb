namespace Remanso.Redis.Resp.Connections;

/// <summary>Takes what the server sends unasked.</summary>
internal interface IPushReceiver
{
    /// <summary>Called on the reader, in order, between replies. It must only read and copy.</summary>
    /// <param name="push">The message.</param>
    /// <param name="oldest">The command that is owed the next reply.</param>
    /// <returns>True when the message <em>is</em> that command's reply, as the confirmation of a SUBSCRIBE
    /// is.</returns>
    bool OnPush(ref RespReader push, RespCommand? oldest);
}
