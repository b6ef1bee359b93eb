using Remanso.Scale.Costs;
using Remanso.Scale.Engine;

namespace Remanso.Scale.Model;

/// <summary>The flush of one process: its partitions in lanes, each of which takes, saves and settles batch after batch.</summary>
internal sealed class WorkerModel(
    EventLoop loop,
    Deployment deployment,
    ProcessModel process,
    Station database,
    PartitionModel[] partitions
)
{
    // Of a row's cost, what is paid when it is taken; the rest when it is settled, so many in a script.
    private const double TakePart = 0.35;
    private const int SettledTogether = 256;
    private const int BytesOfRow = 40;

    private int _lanesUnderWay;

    public long Stored { get; private set; }

    private MeasuredCosts Costs => process.Costs;

    /// <summary>Begins a pass now, and then each interval.</summary>
    public void Start()
    {
        var lanes = partitions
            .Index()
            .GroupBy(item => item.Index % deployment.BatchesInFlight)
            .Select(static lane => lane.Select(static item => item.Item).ToArray())
            .ToArray();
        _lanesUnderWay = lanes.Length;
        foreach (var lane in lanes)
        {
            Take(lane);
        }
    }

    private void Take(PartitionModel[] lane)
    {
        var taken = new List<(RedisShard Shard, int Rows)>();
        var room = deployment.BatchSize;
        foreach (var partition in lane.OrderByDescending(static partition => partition.Queued))
        {
            var rows = Math.Min(room, partition.Queued);
            if (rows > 0)
            {
                partition.Queued -= rows;
                room -= rows;
                taken.Add((partition.Shard, rows));
            }
        }

        var count = deployment.BatchSize - room;
        if (count == 0)
        {
            if (--_lanesUnderWay == 0)
            {
                loop.After(deployment.FlushInterval, Start);
            }

            return;
        }

        Ask(taken, TakePart, () => Save(lane, taken, count));
    }

    private void Save(PartitionModel[] lane, List<(RedisShard Shard, int Rows)> taken, int count)
    {
        var row = deployment.HasFreshRows ? Costs.DatabaseFresh : Costs.DatabaseUpdated;
        process.Station.Run((Costs.ProcessSave + (Costs.ProcessRow * TakePart)) * count, () =>
            loop.After(deployment.Network, () =>
                database.Run(row * count, () => loop.After(Costs.Commit + deployment.Network, () => Settle(lane, taken, count)))
            )
        );
    }

    private void Settle(PartitionModel[] lane, List<(RedisShard Shard, int Rows)> taken, int count) =>
        process.Station.Run(Costs.ProcessRow * (1 - TakePart) * count, () =>
            Ask([.. taken.SelectMany(static part => Split(part.Rows).Select(rows => (part.Shard, rows)))], 1 - TakePart, () =>
            {
                Stored += count;
                Take(lane);
            })
        );

    /// <summary>Sends a call for each part at once, and goes on when all are answered.</summary>
    private void Ask(List<(RedisShard Shard, int Rows)> parts, double part, Action done)
    {
        var open = parts.Count;
        foreach (var (shard, rows) in parts)
        {
            shard.Send(
                new Call(
                    process.Index,
                    BytesOfRow * rows,
                    () => Costs.RedisRow * part * rows,
                    () =>
                    {
                        if (--open == 0)
                        {
                            done();
                        }
                    }
                )
            );
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
