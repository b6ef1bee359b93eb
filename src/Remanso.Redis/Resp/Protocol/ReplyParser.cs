namespace Remanso.Redis.Resp.Protocol;

/// <summary>
/// Turns a reply into what the caller wants, straight from the receive buffer: no object stands for the reply itself,
/// so a script's array becomes the tier's struct with nothing in between.
/// </summary>
/// <remarks>Runs on the connection's reader and holds up every reply behind it, so it only reads and copies. It must be
/// a static lambda or a cached delegate to cost nothing. An error reply never reaches it. What it throws fails its own
/// command.</remarks>
internal delegate T ReplyParser<out T>(ref RespReader reply);
