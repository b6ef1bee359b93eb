using Remanso.Redis.Resp.Connections;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>A command is never left in a queue whose writer sleeps.</summary>
public sealed class CommandQueueTests
{
    [Fact]
    public void A_writer_does_not_sleep_over_what_a_sweep_has_taken_off_the_stack()
    {
        var queue = new CommandQueue();
        Assert.True(queue.TryPush(Command(), out var wake));
        Assert.True(wake);
        Assert.NotNull(queue.TakeAll());

        // The writer has found nothing; before it sleeps a command comes, and the heartbeat looks at what waits.
        Assert.Null(queue.TakeAll());
        Assert.True(queue.TryPush(Command(), out wake));
        Assert.False(wake);
        queue.Sweep(now: 1);

        Assert.False(queue.TrySleep());
        Assert.NotNull(queue.TakeAll());
        Assert.True(queue.TrySleep());
    }

    [Fact]
    public async Task What_is_pushed_is_taken_or_wakes_the_writer_however_often_it_is_swept()
    {
        const int Commands = 20_000;
        var queue = new CommandQueue();
        var isOver = false;
        var sweeper = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                queue.Sweep(now: 1);
            }
        });
        sweeper.Start();
        using var woken = new SemaphoreSlim(0);
        var taken = 0;
        var writer = Task.Factory.StartNew(
            () =>
            {
                while (taken < Commands)
                {
                    for (var command = queue.TakeAll(); command is not null; command = command.Next)
                    {
                        taken++;
                    }

                    if (taken < Commands && queue.TrySleep())
                    {
                        Assert.True(woken.Wait(TimeSpan.FromSeconds(20)), $"Nobody woke the writer after {taken} commands.");
                    }
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        for (var i = 0; i < Commands && !writer.IsCompleted; i++)
        {
            // One at a time, as a caller that waits for each reply: nobody else's push wakes the writer.
            queue.TryPush(Command(), out var wake);
            if (wake)
            {
                woken.Release();
            }

            SpinWait.SpinUntil(() => Volatile.Read(ref taken) > i || writer.IsCompleted);
        }

        await writer;
        Volatile.Write(ref isOver, true);
        sweeper.Join();
        Assert.Equal(Commands, taken);
    }

    private static RespCommand<long> Command()
    {
        var command = RespCommand<long>.Rent(Replies.Int64);
        command.Arm(deadline: int.MaxValue / 2, TestContext.Current.CancellationToken);
        return command;
    }
}
