namespace Remanso.Telemetry;

/// <summary>A counter that many threads add to: each has its own cache line, nearly always.</summary>
internal sealed class StripedCounter
{
    private const int LineOfLongs = 16;

    private static readonly int _mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 64)) * 2 - 1;

    private readonly long[] _cells = new long[(_mask + 2) * LineOfLongs];

    public long Value
    {
        get
        {
            long sum = 0;
            for (var i = LineOfLongs; i < _cells.Length; i += LineOfLongs)
            {
                sum += Volatile.Read(ref _cells[i]);
            }

            return sum;
        }
    }

    public void Add(long n = 1) => Interlocked.Add(ref _cells[((Environment.CurrentManagedThreadId & _mask) + 1) * LineOfLongs], n);
}
