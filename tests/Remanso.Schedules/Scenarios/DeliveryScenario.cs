using Remanso.Redis.Resp.Subscriptions;
using Remanso.Schedules.Engine;

namespace Remanso.Schedules.Scenarios;

/// <summary>A subscription that moves from one server to another while messages come: its subscriber hears one thing after the other, a
/// loss before what
/// is restored, and no loss without a restoration. Subscription, DeliveryPump.</summary>
internal static class DeliveryScenario
{
    public static Scenario Scenario { get; } = new("subscriptions", RunAsync);

    private static async Task RunAsync()
    {
        var subscriber = new Listener();
        var subscription = new Subscription(RedisChannel.Literal("channel"), subscriber, static _ => ValueTask.CompletedTask);
        Subscription[] all = [subscription];
        var pump = new DeliveryPump();
        pump.Confirmed(all);
        await Task.WhenAll(
            Task.Run(async () =>
            {
                pump.Message(all, new RedisMessage("channel", [1]));
                await Task.Yield();
                pump.Lost(all, new IOException("gone"));
                pump.Confirmed(all);
            }),
            Task.Run(async () =>
            {
                pump.Lost(all, new IOException("moved"));
                await Task.Yield();
                pump.Confirmed(all);
                pump.Message(all, new RedisMessage("channel", [2]));
            })
        );
        await pump.DisposeAsync();
        Must.Hold(subscription.Confirmed.IsCompletedSuccessfully, "who subscribed was never told that he is heard");
        Must.Hold(subscriber.Losses == subscriber.Restorations, $"{subscriber.Losses} losses, {subscriber.Restorations} restorations");
    }

    private sealed class Listener : IRedisSubscriber
    {
        private int _inside;

        public int Losses { get; private set; }

        public int Restorations { get; private set; }

        public void OnMessage(in RedisMessage message) => Tell(() => { });

        public void OnLost(Exception reason) =>
            Tell(() =>
            {
                Must.Hold(Losses == Restorations, "lost twice");
                Losses++;
            });

        public void OnRestored() =>
            Tell(() =>
            {
                Restorations++;
                Must.Hold(Losses == Restorations, "restored without a loss");
            });

        private void Tell(Action what)
        {
            Must.Hold(Interlocked.Increment(ref _inside) == 1, "told of two things at once");
            what();
            Interlocked.Decrement(ref _inside);
        }
    }
}
