using Remanso.Tiers;
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
        LivingWorker[] all = [.. Enumerable.Range(0, workers).Select(static worker => Worker(worker, WorkerStanding.Settled))];
        foreach (var name in all.Select(static worker => worker.Name))
        {
            var share = FlushPlanner.Share(all, name, partitions);
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
        LivingWorker[] all = [.. Enumerable.Range(0, workers).Select(static worker => Worker(worker, WorkerStanding.Settled))];

        var shared = all.SelectMany(one => FlushPlanner.Share(all, one.Name, partitions));

        Assert.Equal(Enumerable.Range(0, partitions), shared.Order());
    }

    [Theory]
    [InlineData("settled settled trial", "0 1")]
    [InlineData("settled trial trial", "0")]
    [InlineData("trial trial trial", "0 1 2")]
    [InlineData("settled trial untold", "0 1 2")]
    [InlineData("settled settled silent", "0 1")]
    [InlineData("silent trial trial", "1 2")]
    [InlineData("settled silent silent", "0")]
    public void Every_partition_is_the_share_of_one_of_those_that_can_be_relied_on(string workers, string sharing)
    {
        LivingWorker[] all =
        [
            .. workers
                .Split(' ')
                .Select(
                    static (word, index) =>
                        Worker(
                            index,
                            word == "trial" ? WorkerStanding.OnTrial
                                : word == "untold" ? WorkerStanding.Untold
                                : WorkerStanding.Settled,
                            isSilent: word == "silent"
                        )
                ),
        ];

        var shares = all.Where(static one => !one.IsSilent)
            .Select(one => (one.Name, Share: FlushPlanner.Share(all, one.Name, 64)))
            .ToArray();

        Assert.Equal(Enumerable.Range(0, 64), shares.SelectMany(static one => one.Share).Order());
        Assert.Equal(
            sharing.Split(' ').Select(static index => $"worker {index}"),
            shares.Where(static one => one.Share.Count > 0).Select(static one => one.Name)
        );
    }

    [Fact]
    public void Others_stand_in_for_one_that_is_silent_and_keep_their_own()
    {
        LivingWorker[] before = [.. Enumerable.Range(0, 3).Select(static index => Worker(index, WorkerStanding.Settled))];
        LivingWorker[] after = [before[0], before[1], before[2] with { IsSilent = true }];

        Assert.All(before.Take(2), one =>
        {
            var (own, now) = (FlushPlanner.Share(before, one.Name, 64), FlushPlanner.Share(after, one.Name, 64));
            Assert.Empty(own.Except(now));
            Assert.InRange(now.Count - own.Count, 10, 11);
        });
    }

    [Fact]
    public void A_partition_has_one_lane_of_those_that_there_are()
    {
        Assert.All(Enumerable.Range(0, 4096), static partition => Assert.InRange(PartitionLeases.LaneOf(partition, 64, 4096), 0, 63));
        Assert.All(Enumerable.Range(0, 3), static partition => Assert.InRange(PartitionLeases.LaneOf(partition, 64, 3), 0, 63));
    }

    private static LivingWorker Worker(int index, WorkerStanding standing, bool isSilent = false) =>
        new($"worker {index}", standing, isSilent);
}
