using Remanso.Tiers;

namespace Remanso.Simulation.World;

/// <summary>A journal on a disk: what was committed survives its process, a commit under way does or does not.</summary>
internal sealed class SimJournal(SimKernel kernel, Dice dice, JournalDisk disk, Host client) : ITierJournal
{
    public string Description => "simulated";

    public ValueTask<JournalContent> OpenAsync(IReadOnlyDictionary<string, NotedStore> stores, CancellationToken cancellationToken) =>
        new(disk.Read());

    public async ValueTask CommitAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        var own = records.ToArray();
        var began = kernel.Stamp();
        if (kernel.Trace is not null)
        {
            kernel.Note($"{client} commits {string.Join(' ', own.Select(static record => $"{record.Key}@{record.Version}"))}");
        }

        if (dice.Is(disk.Fails))
        {
            await kernel.Delay(client, dice.Wait(disk.Latency)).ConfigureAwait(false);
            throw new TierJournalException("The disk is full.");
        }

        // The disk goes on where a process died, or not: then nothing of the commit is there.
        var done = new TaskCompletionSource();
        kernel.Schedule(disk.Host, dice.Wait(disk.Latency), () =>
        {
            if (!client.IsDead || dice.Is(0.5))
            {
                kernel.Note("disk: committed");
                disk.Write(own, began);
                kernel.Schedule(client, TimeSpan.Zero, done.SetResult);
            }
        });
        await done.Task.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
