namespace Remanso.Simulation.History;

/// <summary>What a client asked of one key, and what it was told.</summary>
internal sealed class Call(int client, int process, string key, CallKind kind, string? argument)
{
    public int Client { get; } = client;

    public int Process { get; } = process;

    public string Key { get; } = key;

    public CallKind Kind { get; } = kind;

    /// <summary>What is written, added, or appended.</summary>
    public string? Argument { get; } = argument;

    /// <summary>The version that a conditional write asks for; 0: the key must be absent.</summary>
    public long Expected { get; init; }

    /// <summary>The moment of the call.</summary>
    public long Start { get; set; }

    /// <summary>The moment of the answer; the end of all time where none came.</summary>
    public long End { get; set; } = long.MaxValue;

    public CallOutcome Outcome { get; set; } = CallOutcome.Unknown;

    /// <summary>The version that was written or read; 0: none is known.</summary>
    public long Version { get; set; }

    /// <summary>What was read, or left by a write that tells it; null: absent.</summary>
    public string? Value { get; set; }

    /// <summary>How a read came to its answer.</summary>
    public ReadWay Way { get; set; }

    /// <summary>What a write was promised when it returned.</summary>
    public Durability Durability { get; set; }

    public bool IsRead => Kind == CallKind.Read;

    public override string ToString() =>
        $"[{Start >> 14}..{(End == long.MaxValue ? "" : End >> 14)}] client {Client} at {Process}: {Kind} {Key} {Argument}"
        + $"{(Kind == CallKind.SetIf ? $" if {Expected}" : string.Empty)} -> "
        + $"{Outcome} {Value ?? "(absent)"} {Version} {(IsRead ? Way : string.Empty)}";
}

internal enum CallKind
{
    Read,
    Set,
    SetIf,
    Remove,
    Add,
    Append,
    Update,

    /// <summary>The tier lost what it had: the state is what is left.</summary>
    Loss,
}

internal enum CallOutcome
{
    /// <summary>Nobody knows whether it happened.</summary>
    Unknown,
    Done,

    /// <summary>The condition of the write was not met.</summary>
    Conflict,

    /// <summary>It did not happen, or tells nothing.</summary>
    Refused,
}

/// <summary>Where an answer came from, as far as promises differ.</summary>
internal enum ReadWay
{
    /// <summary>From the tier, or loaded and filled into it.</summary>
    Tier,

    /// <summary>A copy in the process.</summary>
    Near,

    /// <summary>Marked stale.</summary>
    Stale,

    /// <summary>From the database, perhaps past a tier that could not be reached.</summary>
    PastTier,

    /// <summary>From the database, because that was asked for.</summary>
    Store,
}
