using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Subscriptions;
using Remanso.Simulation.World;

namespace Remanso.Simulation.Redis;

/// <summary>Carries what is published to the subscriptions of one process: in its order, and nothing while their
/// connection is broken.</summary>
internal sealed class MessageRelay(SimKernel kernel, Dice dice, Host client, NetworkWeather weather)
{
    private readonly SortedDictionary<string, IRedisSubscriber> _subscribers = new(StringComparer.Ordinal);
    private readonly Queue<Action> _under = new();
    private bool _isBroken;
    private bool _wasTold;

    public void Add(string channel, IRedisSubscriber subscriber) => _subscribers[channel] = subscriber;

    /// <summary>Ends a subscription when it is disposed of.</summary>
    public IAsyncDisposable Of(string channel) => new Leaving(this, channel);

    /// <summary>From now on nothing gets through; the subscribers are told some time later.</summary>
    public void Break()
    {
        if (_isBroken)
        {
            return;
        }

        (_isBroken, _wasTold) = (true, false);
        kernel.Schedule(client, dice.Wait(SignalRelay.LongestBlindness), () =>
        {
            if (_isBroken)
            {
                TellLoss();
            }
        });
    }

    /// <summary>From now on messages come again.</summary>
    public void Mend()
    {
        if (!_isBroken)
        {
            return;
        }

        _isBroken = false;
        // What came before the break comes before this.
        Enqueue(() =>
        {
            TellLoss();
            foreach (var subscriber in _subscribers.Values.ToArray())
            {
                subscriber.OnRestored();
            }
        });
    }

    public void Send(RedisMessage message)
    {
        if (!_isBroken && _subscribers.ContainsKey(message.Channel))
        {
            Enqueue(() =>
            {
                if (_subscribers.TryGetValue(message.Channel, out var subscriber))
                {
                    subscriber.OnMessage(message);
                }
            });
        }
    }

    private void TellLoss()
    {
        if (_wasTold)
        {
            return;
        }

        _wasTold = true;
        foreach (var subscriber in _subscribers.Values.ToArray())
        {
            subscriber.OnLost(new RedisConnectionException("The subscriptions' connection broke.", mayHaveRun: false));
        }
    }

    private void Enqueue(Action signal)
    {
        _under.Enqueue(signal);
        kernel.Schedule(client, dice.Wait(weather.Latency * 2), () => _under.Dequeue()());
    }

    private sealed class Leaving(MessageRelay relay, string channel) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            relay._subscribers.Remove(channel);
            return ValueTask.CompletedTask;
        }
    }
}
