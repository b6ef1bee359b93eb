namespace Remanso.Tiers.Memory;

/// <summary>How fast the store takes dirty entries, over the last seconds; from it, when a refused write should try again.</summary>
internal sealed class DrainRate
{
    private const long Second = 1_000_000;
    private const int Seconds = 8;

    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _unknown = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly long[] _settled = new long[Seconds];
    private long _newest;

    /// <summary>Counts entries that were settled.</summary>
    internal void Record(long settled, long now)
    {
        lock (_gate)
        {
            Roll(now);
            _settled[_newest % Seconds] += settled;
        }
    }

    /// <summary>
    /// How long it takes at this rate to settle <paramref name="entries"/>: 100 ms to 60 s; 1 s where nothing was settled of late, so
    /// that writers find out soon when a store is back.
    /// </summary>
    internal TimeSpan TimeFor(long entries, long now)
    {
        lock (_gate)
        {
            Roll(now);
            long settled = 0,
                first = 0;
            for (var age = 0; age < Seconds; age++)
            {
                var count = _settled[(_newest + Seconds - age) % Seconds];
                settled += count;
                if (count > 0)
                {
                    first = age;
                }
            }

            if (settled == 0)
            {
                return _unknown;
            }

            // Since the first settlement that is still remembered: a store that is back for one second is not eight times slower.
            var micros = Math.Max(now - ((_newest - first) * Second), Second / 10);
            var needed = micros * (double)entries / settled;
            return TimeSpan.FromMicroseconds(Math.Clamp(needed, _shortest.TotalMicroseconds, _longest.TotalMicroseconds));
        }
    }

    private void Roll(long now)
    {
        var second = now / Second;
        if (second - _newest >= Seconds)
        {
            Array.Clear(_settled);
            _newest = second;
        }

        while (_newest < second)
        {
            _settled[++_newest % Seconds] = 0;
        }
    }
}
