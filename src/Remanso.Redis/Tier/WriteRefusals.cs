using Remanso.Redis.Resp;

namespace Remanso.Redis.Tier;

/// <summary>What Redis answered to the last writes of this process, where it refused them: reads go on meanwhile.</summary>
internal sealed class WriteRefusals(int partitions, TimeProvider time)
{
    // It may be over long since where nobody writes.
    private static readonly TimeSpan _remembered = TimeSpan.FromMinutes(1);

    private readonly Refusal?[] _last = new Refusal?[partitions];

    /// <summary>What is refused, in one sentence; or null.</summary>
    public string? Warning
    {
        get
        {
            Refusal[] refused = [.. _last.OfType<Refusal>().Where(refusal => time.GetElapsedTime(refusal.At) < _remembered)];
            return refused.Length == 0
                ? null
                : $"Redis refuses writes, to {refused.Length} of {_last.Length} partitions the last one: {refused[0].Error}";
        }
    }

    /// <summary>A write of a partition was refused. What passes by itself is tried again, and what is wrong with one key is no refusal
    /// of the others.</summary>
    public void Note(int partition, RedisServerException error)
    {
        if ((error.RefusesWrites || !error.IsTransient) && error.Code is not ("FOREIGN" or "WRONGTYPE"))
        {
            Volatile.Write(ref _last[partition], new Refusal(error.Message, time.GetTimestamp()));
        }
    }

    /// <summary>A write of a partition has passed.</summary>
    public void NoteWritten(int partition)
    {
        if (Volatile.Read(ref _last[partition]) is not null)
        {
            Volatile.Write(ref _last[partition], null);
        }
    }

    private sealed record Refusal(string Error, long At);
}
