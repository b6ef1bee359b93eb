namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>What a <see cref="Delivery"/> tells.</summary>
internal enum DeliveryKind
{
    Message,
    Lost,
    Refused,
    Confirmed,
}
