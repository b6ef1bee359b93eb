using Remanso.Scale.Costs;
using Remanso.Scale.Engine;

namespace Remanso.Scale.Model;

/// <summary>
/// One Redis. Its loop looks at all connections, reads up to 16 KiB of each that has something, runs what it read, and
/// answers; then again. So what a look costs is shared by all that waited, and replies leave together.
/// </summary>
/// <param name="loop">Its time.</param>
/// <param name="costs">What it takes for a look.</param>
/// <param name="station">Its one core.</param>
/// <param name="deployment">How far away the processes are, how many have a connection, and how a look's cost is shared.</param>
internal sealed class RedisMaster(EventLoop loop, MeasuredCosts costs, Station station, Deployment deployment)
{
    // PROTO_IOBUF_LEN of Redis.
    private const int MostBytes = 16 << 10;

    private readonly Queue<Call>[] _pending = [.. Enumerable.Range(0, deployment.Processes).Select(static _ => new Queue<Call>())];
    private List<int> _ready = [];
    private bool _isBusy;

    public Station Station => station;

    /// <summary>Sends a call over the network.</summary>
    public void Send(Call call) => loop.After(deployment.Network, () => Arrive(call));

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
        var seconds = 0d;
        var connectionsThatWrite = 0;
        foreach (var connection in _ready)
        {
            var bytes = 0;
            var writes = false;
            var queue = _pending[connection];
            do
            {
                var call = queue.Dequeue();
                bytes += call.Bytes;
                writes |= !call.IsRead;
                seconds += call.Seconds();
                taken.Add(call);
            } while (bytes < MostBytes && queue.Count > 0);

            connectionsThatWrite += writes ? 1 : 0;
            if (queue.Count > 0)
            {
                stillReady.Add(connection);
            }
        }

        _ready = stillReady;
        var round = connectionsThatWrite > 0 ? deployment.RoundOfLook : 0;
        seconds += costs.RedisRead * (round + ((1 - deployment.RoundOfLook) * connectionsThatWrite));
        station.Run(seconds, () => End(taken));
    }

    private void End(List<Call> taken)
    {
        loop.After(deployment.Network, () => taken.ForEach(static call => call.Replied()));
        _isBusy = false;
        Begin();
    }
}
