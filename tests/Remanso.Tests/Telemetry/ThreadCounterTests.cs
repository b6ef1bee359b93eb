using Remanso.Telemetry;
using Xunit;

namespace Remanso.Tests.Telemetry;

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
}
