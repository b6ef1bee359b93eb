using System.Threading.Channels;

namespace Remanso.Redis.Resp.Subscriptions;

// Subscribers that fall more than MostWaiting messages behind cost a connection: a loss can be told, where memory
// without bound or messages dropped in silence could not.

/// <summary>
/// Runs the deliveries of all subscriptions, one after the other. The readers only queue, so that subscribers are
/// called in order (also when a subscription moves from one server to another) and never hold up a connection.
/// </summary>
internal sealed class DeliveryPump : IAsyncDisposable
{
    public const int MostWaiting = 64 * 1024;

    private readonly Channel<Delivery> _deliveries = Channel.CreateUnbounded<Delivery>(new UnboundedChannelOptions { SingleReader = true });

    private readonly Task _running;
    private int _waiting;

    public DeliveryPump() => _running = Task.Run(RunAsync);

    /// <exception cref="IOException">Too many wait; the message is not queued.</exception>
    public void Message(Subscription[] to, RedisMessage message)
    {
        if (Volatile.Read(ref _waiting) >= MostWaiting)
        {
            throw new IOException($"A subscriber has fallen {MostWaiting} messages behind.");
        }
        Interlocked.Increment(ref _waiting);
        _deliveries.Writer.TryWrite(new(DeliveryKind.Message, to, message, null));
    }

    public void Lost(Subscription[] to, Exception reason) => _deliveries.Writer.TryWrite(new(DeliveryKind.Lost, to, default, reason));

    public void Refused(Subscription[] to, Exception reason) => _deliveries.Writer.TryWrite(new(DeliveryKind.Refused, to, default, reason));

    public void Confirmed(Subscription[] to) => _deliveries.Writer.TryWrite(new(DeliveryKind.Confirmed, to, default, null));

    public async ValueTask DisposeAsync()
    {
        _deliveries.Writer.TryComplete();
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var reader = _deliveries.Reader;
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (reader.TryRead(out var delivery))
            {
                if (delivery.Kind == DeliveryKind.Message)
                {
                    Interlocked.Decrement(ref _waiting);
                }
                delivery.Run();
            }
        }
    }
}
