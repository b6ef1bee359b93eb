using Remanso.Redis.Resp.Connections;
using Remanso.Redis.Resp.Protocol;
using Remanso.Schedules.Engine;

namespace Remanso.Schedules.Scenarios;

/// <summary>A command that is written, answered, cancelled and timed out at once: its caller hears of one end, once, and who cancels or
/// times out while
/// it is written waits for the writer. RespCommand.</summary>
internal static class CommandScenario
{
    public static Scenario Scenario { get; } = new("command", RunAsync);

    private static async Task RunAsync()
    {
        using var giveUp = new CancellationTokenSource();
        var command = new Recorded();
        command.Append(["GET", "key"]);
        command.Arm(deadline: 0, giveUp.Token);
        var isWriting = 0;
        await Task.WhenAll(
            Task.Run(async () =>
            {
                // The writer, then the reader.
                if (!command.TryBeginWrite())
                {
                    return;
                }

                Interlocked.Exchange(ref isWriting, 1);
                await Task.Yield();
                Must.Hold(command.Ends == 0, "its caller was told while the writer reads its arguments");
                Interlocked.Exchange(ref isWriting, 0);
                command.EndWrite();
                await Task.Yield();
                if (command.TryAnswer())
                {
                    command.End();
                }
            }),
            Task.Run(() =>
            {
                if (command.TryClaim())
                {
                    command.End();
                }
            }),
            Task.Run(async () =>
            {
                var observed = command.Observe();
                await Task.Yield();
                command.TryTimeOut(observed);
            }),
            Task.Run(() => giveUp.Cancel())
        );
        Must.Hold(command.Phase is CommandPhase.Done or CommandPhase.Cancelled or CommandPhase.TimedOut, $"it ended as {command.Phase}");
        Must.Hold(command.Ends <= 1, $"{command.Ends} parties own its end");
        Must.Hold(command.Phase != CommandPhase.Done || command.Ends == 1, "it is done, and nobody's");
    }

    private sealed class Recorded : RespCommand
    {
        private int _ends;

        public int Ends => Volatile.Read(ref _ends);

        public void End() => Interlocked.Increment(ref _ends);

        public override void Accept(ref RespReader reply) { }

        protected override void Wake() { }
    }
}
