using Remanso.Scale.Costs;
using Remanso.Scale.Engine;

namespace Remanso.Scale.Model;

/// <summary>
/// One Redis. Its loop looks at all connections, reads up to 16 KiB of each that has something, runs what it read, and
/// answers; then again. So what a look costs is shared by all that waited, and replies leave together.
/// </summary>
internal sealed class RedisShard(EventLoop loop, MeasuredCosts costs, Station station, double network, int connections)
{
    // PROTO_IOBUF_LEN of Redis.
    private const int MostBytes = 16 << 10;

    // Of a look: what is the round's (waiting, the append-only file), and what is the connection's (reading, answering). The
    // costs were measured with one connection, so that this is assumed.
    private const double PartOfRound = 0.5;

    private readonly Queue<Call>[] _pending = [.. Enumerable.Range(0, connections).Select(static _ => new Queue<Call>())];
    private List<int> _ready = [];
    private bool _isBusy;

    public Station Station => station;

    /// <summary>Sends a call over the network.</summary>
    public void Send(Call call) => loop.After(network, () => Arrive(call));

    private void Arrive(Call call)
    {
        var queue = _pending[call.Connection];
        queue.Enqueue(call);
        if (queue.Count == 1)
        {
            _ready.Add(call.Connection);
        }

        Begin();
    }

    private void Begin()
    {
        if (_isBusy || _ready.Count == 0)
        {
            return;
        }

        _isBusy = true;
        var taken = new List<Call>();
        var stillReady = new List<int>();
        var seconds = costs.RedisRead * PartOfRound;
        foreach (var connection in _ready)
        {
            seconds += costs.RedisRead * (1 - PartOfRound);
            var bytes = 0;
            var queue = _pending[connection];
            do
            {
                var call = queue.Dequeue();
                bytes += call.Bytes;
                seconds += call.Seconds();
                taken.Add(call);
            } while (bytes < MostBytes && queue.Count > 0);

            if (queue.Count > 0)
            {
                stillReady.Add(connection);
            }
        }

        _ready = stillReady;
        station.Run(seconds, () => End(taken));
    }

    private void End(List<Call> taken)
    {
        loop.After(network, () => taken.ForEach(static call => call.Replied()));
        _isBusy = false;
        Begin();
    }
}
