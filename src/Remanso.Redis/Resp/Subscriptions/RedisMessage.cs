namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>A published message.</summary>
/// <param name="Channel">The channel it was published to, also when a pattern matched it.</param>
/// <param name="Payload">The subscriber's to keep.</param>
internal readonly record struct RedisMessage(string Channel, byte[] Payload);
