using Remanso.Entries;
using Remanso.Fuzz.Engine;
using Remanso.Redis.Tier;

namespace Remanso.Fuzz.Targets;

/// <summary>An entry and a partition's state as they lie in Redis, where others may have written.</summary>
internal static class EntryTarget
{
    public static FuzzTarget Target { get; } =
        new("entry", Run) { Words = ["\u0001", "text/plain", "application/json", "red", "\0\0\0\0"] };

    private static void Run(byte[] input)
    {
        EntryLayout.Kept(input);
        EntryLayout.ValueLength(input);
        EntryLayout.IsDirty(input);
        var state = new
        {
            Bytes = PartitionState.Bytes(input),
            Epoch = PartitionState.Epoch(input),
            Token = PartitionState.Token(input),
            Removed = PartitionState.Removed(input),
            IsExpired = PartitionState.IsExpired(input, input.Length),
            HasReturned = PartitionState.HasReturned(input, input.Length),
        };
        WrongAnswerException.Unless(
            input.Length > 0 || state is { Bytes: 0, Epoch: 0, Token: 0, Removed: 0 },
            "an empty state is not empty"
        );
        if (!EntryLayout.IsEntry(input))
        {
            WrongAnswerException.Unless(Refuses(input), "what is no entry was read as one");
            return;
        }

        var entry = EntryLayout.Read(input);
        EntryLayout.Read(input, hasReturned: true);
        EntryLayout.IsInDoubt(input, 1);
        EntryLayout.Epoch(input);
        EntryLayout.Mark(input);
        WrongAnswerException.Unless(
            entry.Value.Length == EntryLayout.ValueLength(input),
            "the value has another length than the header says"
        );
        WrongAnswerException.Unless((entry.State & EntryState.Dirty) != 0 == EntryLayout.IsDirty(input), "dirty and not dirty");
        WrongAnswerException.Unless(EntryLayout.AsTombstone(entry).IsTombstone, "a tombstone that is none");
    }

    private static bool Refuses(byte[] input)
    {
        try
        {
            EntryLayout.Read(input);
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }
}
