using System.Runtime.CompilerServices;
using Remanso.Telemetry;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Telemetry;

[Collection(ManualClockTests.Name)]
public sealed class ThreadCounterTests
{
    [Fact]
    public async Task No_addition_of_any_thread_is_lost()
    {
        var first = new ThreadCounter();
        var second = new ThreadCounter();

        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 100_000; i++)
                        {
                            first.Add();
                            second.Add(2);
                        }
                    })
                )
        );

        Assert.Equal((800_000, 1_600_000), (first.Value, second.Value));
    }

    [Fact]
    public void What_a_thread_counted_outlives_it()
    {
        var counter = new ThreadCounter();
        for (var i = 0; i < 50; i++)
        {
            var thread = new Thread(() => counter.Add(3));
            thread.Start();
            thread.Join();
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.Equal(150, counter.Value);
    }

    [Fact]
    public void Counters_that_nobody_has_any_more_leave_their_cells_to_others()
    {
        Collect();
        Use(100);
        var first = ThreadCounter.Cells;
        for (var round = 0; round < 100; round++)
        {
            Collect();
            Use(100);
        }

        // Without an end it would be 10,000 more.
        Assert.InRange(ThreadCounter.Cells, first, first + 1000);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Use(int count)
    {
        var counters = Enumerable.Range(0, count).Select(static _ => new ThreadCounter()).ToArray();
        Assert.All(counters, static counter => Assert.Equal(0, counter.Value));
        var other = new Thread(() => Array.ForEach(counters, static counter => counter.Add(3)));
        other.Start();
        other.Join();
        Array.ForEach(counters, static counter => counter.Add());
        Assert.All(counters, static counter => Assert.Equal(4, counter.Value));
    }
}
