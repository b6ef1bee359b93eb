namespace Remanso.Redis.Resp;

/// <summary>A write's reply, and how far the write had come when the wait behind it ended.</summary>
/// <param name="Reply">The write's own reply: it was made.</param>
/// <param name="Replicas">Replicas that confirmed it; maybe fewer than asked for.</param>
/// <param name="Failure">Why the wait could not be made, or not to its end; null when it was.</param>
internal readonly record struct Waited<T>(T Reply, int Replicas, Exception? Failure);
