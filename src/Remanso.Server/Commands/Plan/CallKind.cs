namespace Remanso.Server.Commands.Plan;

/// <summary>What a call of a trace does.</summary>
internal enum CallKind : byte
{
    Read,
    Write,
    Delete,
}
