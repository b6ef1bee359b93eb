using Remanso.Scale.Costs;
using Remanso.Scale.Engine;

namespace Remanso.Scale.Model;

// As Flusher has it. A pass begins an interval after the last one ended, or when a partition has a full batch. It runs in
// lanes, each with a range of the partitions; in one where no more than a batch is dirty. A lane takes, saves and settles
// until a take gave less than a full batch, or as much was taken as was dirty when the pass began.

/// <summary>The flush of one process.</summary>
internal sealed class WorkerModel(
    EventLoop loop,
    Deployment deployment,
    ProcessModel process,
    Station database,
    IReadOnlyList<PartitionModel> all
)
{
    // Of a row's cost, what is paid when it is taken: two of seven microseconds. The rest is paid when it is settled, so
    // many in a script.
    private const double TakePart = 0.3;
    private const int SettledTogether = 256;
    private const int BytesOfRow = 40;

    // How long the queues are and what is in them is asked for before a take, and markers are cut after a settlement.
    private const int OtherRoundTrips = 3;

    private readonly PartitionModel[] _own = [.. all.Where(partition => partition.Index % deployment.Processes == process.Index)];
    private int _lanesUnderWay;
    private int _passes;
    private int _budget;
    private bool _isWanted;

    public long Stored { get; private set; }

    private MeasuredCosts Costs => process.Costs;

    /// <summary>Asks for a pass before the interval is over.</summary>
    public void Wake()
    {
        _isWanted = true;
        if (_lanesUnderWay == 0)
        {
            Pass();
        }
    }

    /// <summary>Begins a pass now.</summary>
    public void Pass()
    {
        _passes++;
        _isWanted = false;
        _budget = all.Sum(static partition => partition.Queued);
        var lanes = _budget > deployment.BatchSize ? deployment.BatchesInFlight : 1;
        _lanesUnderWay = lanes;
        foreach (var lane in Enumerable.Range(0, lanes))
        {
            Take([.. _own.Where(partition => partition.Index * lanes / all.Count == lane)]);
        }
    }

    private void EndLane()
    {
        if (--_lanesUnderWay > 0)
        {
            return;
        }

        var pass = _passes;
        loop.After(_isWanted ? 0 : deployment.FlushInterval, () =>
        {
            if (pass == _passes)
            {
                Pass();
            }
        });
    }

    /// <summary>From as few queues as it takes, first from those that were not served for the longest.</summary>
    private void Take(PartitionModel[] lane)
    {
        var taken = new List<(RedisMaster Master, int Rows)>();
        var room = deployment.BatchSize;
        foreach (var partition in lane.Where(static partition => partition.Queued > 0).OrderBy(static partition => partition.ServedAt))
        {
            var rows = Math.Min(room, partition.Queued);
            if (rows == 0)
            {
                break;
            }

            partition.Queued -= rows;
            partition.ServedAt = loop.Now;
            room -= rows;
            taken.Add((partition.Master, rows));
        }

        var count = deployment.BatchSize - room;
        if (count == 0)
        {
            EndLane();
            return;
        }

        _budget -= count;
        loop.After(OtherRoundTrips * 2 * deployment.Network, () => Ask(taken, TakePart, () => Save(lane, taken, count)));
    }

    private void Save(PartitionModel[] lane, List<(RedisMaster Master, int Rows)> taken, int count)
    {
        process.Station.Run((Costs.ProcessSave + (Costs.ProcessRow * TakePart)) * count, () =>
            loop.After(deployment.Network, () =>
                database.Run(Costs.DatabaseRow * count, () =>
                    loop.After(Costs.Commit + deployment.Network, () => Settle(lane, taken, count))
                )
            )
        );
    }

    private void Settle(PartitionModel[] lane, List<(RedisMaster Master, int Rows)> taken, int count) =>
        process.Station.Run(Costs.ProcessRow * (1 - TakePart) * count, () =>
            Ask([.. taken.SelectMany(static part => Split(part.Rows).Select(rows => (part.Master, rows)))], 1 - TakePart, () =>
            {
                Stored += count;
                if (count == deployment.BatchSize && _budget > 0)
                {
                    Take(lane);
                }
                else
                {
                    EndLane();
                }
            })
        );

    /// <summary>Sends a call for each part at once, and goes on when all are answered. Such a call is assumed to cost what
    /// one of writes does, beside its rows.</summary>
    private void Ask(List<(RedisMaster Master, int Rows)> parts, double part, Action done)
    {
        var open = parts.Count;
        foreach (var (master, rows) in parts)
        {
            master.Send(
                new Call(process.Index, BytesOfRow * rows, IsRead: false, () => Costs.RedisCall + (Costs.RedisRow * part * rows), End)
            );
        }

        void End()
        {
            if (--open == 0)
            {
                done();
            }
        }
    }

    private static IEnumerable<int> Split(int rows)
    {
        for (; rows > 0; rows -= SettledTogether)
        {
            yield return Math.Min(rows, SettledTogether);
        }
    }
}
