using System.Runtime.InteropServices;

namespace Remanso.Redis.Resp;

/// <summary>What to wait for behind a write, on the connection that wrote.</summary>
/// <param name="Replicas">Replicas that have received it (WAIT).</param>
/// <param name="Timeout">The longest wait, to the millisecond; not zero, which would mean for ever.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct WaitFor(int Replicas, TimeSpan Timeout);
