using System.Net;

namespace Remanso.Redis.Resp.Connections;

/// <summary>What the server at one of a name's addresses said.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="IsReplica">Whether it says that it is one.</param>
/// <param name="Run">What tells a master's process from all others; null where it does not say.</param>
internal readonly record struct AddressFinding(IPAddress Address, bool IsReplica, string? Run);
