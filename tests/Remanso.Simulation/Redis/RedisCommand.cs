using Remanso.Redis.Resp;

namespace Remanso.Simulation.Redis;

/// <summary>A command as it goes over the wire.</summary>
/// <param name="Bytes">What is sent: the caller's memory may be another's by then.</param>
/// <param name="Script">The script that it names.</param>
/// <param name="Name">For the trace.</param>
internal sealed record RedisCommand(byte[] Bytes, RedisScript? Script, string Name);
