namespace Remanso.Redis.Resp;

/// <summary>What to wait for behind a write, on the connection that wrote.</summary>
/// <param name="Replicas">Replicas that have received it (WAIT), or synced it to disk (WAITAOF).</param>
/// <param name="Timeout">The longest wait, to the millisecond; not zero, which would mean for ever.</param>
/// <param name="Local">Whether to wait for the server's own disk as well: WAITAOF, which needs Redis 7.2.</param>
internal readonly record struct WaitFor(int Replicas, TimeSpan Timeout, bool Local = false);
