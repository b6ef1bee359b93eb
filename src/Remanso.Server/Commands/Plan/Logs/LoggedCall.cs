namespace Remanso.Server.Commands.Plan.Logs;

/// <summary>One line of a log, as it was read; used again for the next line.</summary>
internal sealed class LoggedCall
{
    public long Micros { get; set; }

    public CallKind Kind { get; set; }

    public int Bytes { get; set; }

    public int CostMicros { get; set; }

    /// <summary>Whether it is a read that found no value.</summary>
    public bool IsAbsent { get; set; }

    /// <summary>The key in UTF-16, as far as <see cref="KeyLength"/>.</summary>
    public char[] KeyBuffer { get; private set; } = new char[128];

    public int KeyLength { get; set; }

    public ReadOnlySpan<char> Key => KeyBuffer.AsSpan(0, KeyLength);

    /// <summary>Sees to it that a key of so many bytes of UTF-8 has room.</summary>
    public void MakeRoom(int bytes)
    {
        if (KeyBuffer.Length < bytes)
        {
            KeyBuffer = new char[bytes * 2];
        }
    }

    public void Clear() =>
        (Micros, Kind, Bytes, CostMicros, KeyLength, IsAbsent) = (0, CallKind.Read, TracedCall.Unknown, TracedCall.Unknown, 0, false);

    public TracedCall As(int key) => new(Micros, key, IsAbsent ? TracedCall.Absent : Bytes, CostMicros, Kind);
}
