namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>What a subscriber is to be told, in the order in which it happened.</summary>
internal readonly record struct Delivery(DeliveryKind Kind, Subscription[] To, RedisMessage Message, Exception? Reason)
{
    public void Run()
    {
        foreach (var subscription in To)
        {
#pragma warning disable CA1031 // A subscriber that throws is a fault of its own; the others are still to be told.
            try
            {
                switch (Kind)
                {
                    case DeliveryKind.Message:
                        subscription.Deliver(Message);
                        break;
                    case DeliveryKind.Lost:
                        subscription.Lose(Reason!);
                        break;
                    case DeliveryKind.Refused:
                        subscription.Refuse(Reason!);
                        break;
                    default:
                        subscription.Confirm();
                        break;
                }
            }
            catch (Exception)
            {
                continue;
            }
#pragma warning restore CA1031
        }
    }
}
