using Remanso.Redis.Resp.Connections;
using Remanso.Redis.Resp.Protocol;
using Remanso.Schedules.Engine;

namespace Remanso.Schedules.Scenarios;

/// <summary>Commands on their way to one writer, a sweep, and the end of the connection: one writer at a time, every command is
/// written, refused, or left
/// to whoever closes, none twice, those of a caller in their order. CommandQueue.</summary>
internal static class QueueScenario
{
    private const int Each = 2;

    public static Scenario Scenario { get; } = new("command-queue", RunAsync);

    private static async Task RunAsync()
    {
        var queue = new CommandQueue();
        List<RespCommand> written = [];
        var gate = new object();
        var (writing, refused) = (0, 0);
        List<Task> writers = [];
        await Task.WhenAll(Task.Run(() => PushAsync(0)), Task.Run(() => PushAsync(100)), Task.Run(SweepAsync));
        await EndedAsync();
        Must.Hold(written.Count == 2 * Each, $"{written.Count} of {2 * Each} commands are written, and the writer sleeps");

        // Now it is closed while more come: each of these is written, refused, or left for whoever closes.
        await Task.WhenAll(
            Task.Run(() => PushAsync(200)),
            Task.Run(SweepAsync),
            Task.Run(async () =>
            {
                await Task.Yield();
                queue.Close();
            })
        );
        await EndedAsync();
        var left = 0;
        for (var command = queue.TakeAll(); command is not null; command = command.Next)
        {
            left++;
        }

        Must.Hold(written.Count == written.Distinct().Count(), "a command was written twice");
        Must.Hold(written.Count + refused + left == 3 * Each, $"{written.Count} written, {refused} refused, {left} left of {3 * Each}");
        foreach (var caller in (int[])[0, 100, 200])
        {
            var order = written.Select(static command => command.KeyIndex).Where(index => index / 100 == caller / 100).ToArray();
            Must.Hold(order.SequenceEqual(order.Order()), "the commands of a caller changed places");
        }

        async Task SweepAsync()
        {
            queue.Sweep(now: 0);
            await Task.Yield();
            queue.Sweep(now: 0);
        }

        async Task EndedAsync()
        {
            Task[] started;
            lock (gate)
            {
                started = [.. writers];
            }

            await Task.WhenAll(started);
        }

        async Task PushAsync(int first)
        {
            for (var i = 0; i < Each; i++)
            {
                var command = RespCommand<bool>.Rent(Replies.Done);
                command.KeyIndex = first + i;
                command.Arm(deadline: int.MaxValue / 2, default);
                if (!queue.TryPush(command, out var wake))
                {
                    Interlocked.Increment(ref refused);
                }
                else if (wake)
                {
                    lock (gate)
                    {
                        writers.Add(Task.Run(WriteAsync));
                    }
                }

                await Task.Yield();
            }
        }

        async Task WriteAsync()
        {
            Must.Hold(Interlocked.Increment(ref writing) == 1, "two writers run");
            while (true)
            {
                for (var command = queue.TakeAll(); command is not null; command = command.Next)
                {
                    lock (gate)
                    {
                        written.Add(command);
                    }
                }

                await Task.Yield();
                Interlocked.Decrement(ref writing);
                if (queue.IsShut || queue.TrySleep())
                {
                    return;
                }

                Must.Hold(Interlocked.Increment(ref writing) == 1, "two writers run");
            }
        }
    }
}
