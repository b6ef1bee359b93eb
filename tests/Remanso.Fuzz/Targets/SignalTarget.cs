using Remanso.Fuzz.Engine;
using Remanso.Redis.Resp.Subscriptions;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Fuzz.Targets;

/// <summary>A message on a channel of the tier: anybody with a connection can publish one.</summary>
internal static class SignalTarget
{
    private static readonly TierSignals _signals = Listening();
    private static readonly string _channel = new PartitionKeys("rm", "cache", 3).Channel;

    public static FuzzTarget Target { get; } =
        new("signal", Run) { Words = ["c", "r", "s", "d", "t", "f", "a", "w", "u", "key", "\u0003\0\0\0"] };

    private static void Run(byte[] input)
    {
        try
        {
            _signals.OnMessage(new RedisMessage(_channel, input));
        }
        catch (InvalidDataException)
        {
            // It ends too early.
        }
    }

    private static TierSignals Listening()
    {
        var signals = new TierSignals();
        signals.Observers.Add(new Nobody());
        return signals;
    }

    private sealed class Nobody : ITierObserver;
}
