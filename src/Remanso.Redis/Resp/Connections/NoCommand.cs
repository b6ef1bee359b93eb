namespace Remanso.Redis.Resp.Connections;

/// <summary>Stands where a command is expected and none is meant: as a mark in a queue, or for a reply that nobody
/// wants (<c>ASKING</c>). Being in no pending phase, it is never answered, failed or timed out, and may be in many
/// places.</summary>
internal sealed class NoCommand : RespCommand
{
    public static readonly NoCommand Discard = new();

    public override void Accept(ref RespReader reply) { }

    protected override void Wake() { }
}
