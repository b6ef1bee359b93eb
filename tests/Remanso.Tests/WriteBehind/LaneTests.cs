using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>Which lane of a worker flushes which partition.</summary>
public sealed class LaneTests
{
    [Theory]
    [InlineData(1, 4, 64)]
    [InlineData(2, 4, 64)]
    [InlineData(4, 4, 64)]
    [InlineData(3, 4, 64)]
    [InlineData(8, 8, 64)]
    [InlineData(2, 2, 4)]
    public void Each_worker_has_as_many_partitions_in_each_of_its_lanes(int workers, int lanes, int partitions)
    {
        string[] names = [.. Enumerable.Range(0, workers).Select(static worker => $"worker {worker}")];
        foreach (var name in names)
        {
            var share = FlushPlanner.Share(names, name, partitions);
            var counts = Enumerable
                .Range(0, lanes)
                .Select(lane => share.Count(partition => PartitionLeases.LaneOf(partition, lanes, partitions) == lane))
                .ToArray();

            Assert.InRange(counts.Max() - counts.Min(), 0, 1);
            Assert.True(counts.Min() > 0, $"{name} has a lane without a partition");
        }
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(3, 64)]
    [InlineData(5, 4)]
    public void The_shares_of_all_workers_are_every_partition_once(int workers, int partitions)
    {
        string[] names = [.. Enumerable.Range(0, workers).Select(static worker => $"worker {worker}")];

        var shared = names.SelectMany(name => FlushPlanner.Share(names, name, partitions));

        Assert.Equal(Enumerable.Range(0, partitions), shared.Order());
    }

    [Fact]
    public void A_partition_has_one_lane_of_those_that_there_are()
    {
        Assert.All(Enumerable.Range(0, 4096), static partition => Assert.InRange(PartitionLeases.LaneOf(partition, 64, 4096), 0, 63));
        Assert.All(Enumerable.Range(0, 3), static partition => Assert.InRange(PartitionLeases.LaneOf(partition, 64, 3), 0, 63));
    }
}
