using System.Runtime.InteropServices;
using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Endpoints;

// One call of the cache has one media type and one list of tags for all. So what is written alike goes in one call, and
// the calls go side by side: in a batch where each entry has a tag of its own, none waits for the one before. Only where
// a key occurs again and is written otherwise, the later one waits for a next round, for the order of a key counts.

/// <summary>The entries of a batch in as few calls of the cache as can be.</summary>
/// <param name="entries">All of them.</param>
internal sealed class BatchWrites(List<KeyedValue> entries)
{
    private const int AtOnce = 64;

    private readonly List<Dictionary<KeyedValue, List<int>>> _rounds = [];
    private readonly Dictionary<string, (int Round, int Index)> _last = new(StringComparer.Ordinal);

    /// <summary>Has the entry at an index written.</summary>
    public void Add(int index)
    {
        var entry = entries[index];
        var round =
            !_last.TryGetValue(entry.Key, out var before) ? 0
            : entry.IsWrittenLike(entries[before.Index]) ? before.Round
            : before.Round + 1;
        _last[entry.Key] = (round, index);
        if (round == _rounds.Count)
        {
            _rounds.Add(new(KeyedValue.LikeWritten));
        }

        ref var call = ref CollectionsMarshal.GetValueRefOrAddDefault(_rounds[round], entry, out _);
        (call ??= []).Add(index);
    }

    /// <summary>Writes them.</summary>
    /// <param name="write">Writes what is at these indexes, by one call.</param>
    /// <param name="outcomes">Where what came of each goes to, by its index.</param>
    /// <exception cref="Exception">None could be written, or the fault is one of the server's own.</exception>
    public async Task RunAsync(Func<List<int>, Task<IReadOnlyList<WriteOutcome>>> write, WriteOutcome?[] outcomes)
    {
        var refused = 0;
        using var room = new SemaphoreSlim(AtOnce);
        foreach (var round in _rounds)
        {
            List<Task> calls = [];
            foreach (var call in round.Values)
            {
                await room.WaitAsync();
                calls.Add(CallAsync(call));
            }

            await Task.WhenAll(calls);
        }

        if (refused > 0 && refused == outcomes.Length)
        {
            // One that may have been written stands for all.
            Exception[] errors = Array.ConvertAll(outcomes, static outcome => outcome!.Value.Error!);
            throw Array.Find(errors, static error => !ErrorMap.IsRefused(error, ErrorMap.Explain(error)!)) ?? errors[0];
        }

        async Task CallAsync(List<int> call)
        {
            try
            {
                var came = await write(call);
                for (var i = 0; i < call.Count; i++)
                {
                    outcomes[call[i]] = came[i];
                }
            }
            catch (Exception exception) when (ErrorMap.Explain(exception) is not null)
            {
                // What others wrote is written, and its outcomes are owed to the client.
                call.ForEach(i => outcomes[i] = new WriteOutcome(default, exception));
                Interlocked.Add(ref refused, call.Count);
            }
            finally
            {
                room.Release();
            }
        }
    }
}
