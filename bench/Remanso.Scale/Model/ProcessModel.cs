using Remanso.Scale.Costs;
using Remanso.Scale.Engine;

namespace Remanso.Scale.Model;

/// <summary>A process: its callers' writes and reads.</summary>
internal sealed class ProcessModel
{
    private const int BytesOfGet = 60;

    private readonly Deployment _deployment;
    private readonly PartitionModel[] _partitions;
    private readonly WriteLaneModel[] _lanes;

    public ProcessModel(int index, Deployment deployment, MeasuredCosts costs, Station station, PartitionModel[] partitions)
    {
        (Index, _deployment, Costs, Station, _partitions) = (index, deployment, costs, station, partitions);
        Random = new Random((deployment.Seed * 1_000) + index);
        _lanes = Array.ConvertAll(partitions, partition => new WriteLaneModel(this, partition, deployment.Keys == 1));
    }

    public int Index { get; }

    public MeasuredCosts Costs { get; }

    public Station Station { get; }

    public Random Random { get; }

    public long Calls { get; private set; }

    public long Writes { get; private set; }

    public void NoteCall(int writes) => (Calls, Writes) = (Calls + 1, Writes + writes);

    /// <summary>One request of a caller.</summary>
    public void Serve(Action done)
    {
        var isRead = _deployment.Reads > 0 && Random.NextDouble() < _deployment.Reads;
        var partition = _deployment.Keys == 1 ? 0 : Random.Next(_partitions.Length);
        if (!_deployment.OverHttp)
        {
            Reach();
            return;
        }

        Station.Run(isRead ? Costs.HttpGet : Costs.HttpSet, Reach);

        void Reach()
        {
            if (isRead)
            {
                Read(_partitions[partition], done);
            }
            else
            {
                _lanes[partition].Write(done);
            }
        }
    }

    private void Read(PartitionModel partition, Action done) =>
        Station.Run(Costs.ProcessGet / 2, () =>
            partition.Master.Send(
                new Call(Index, BytesOfGet, IsRead: true, () => Costs.RedisGet, () => Station.Run(Costs.ProcessGet / 2, done))
            )
        );
}
