using System.Net;

namespace Remanso.AspNetCore.Security.Guards;

/// <summary>
/// Counts wrong keys per address, and says when there were too many. It is asked only once a key is known to be wrong, so it never
/// stands in the way
/// of a right one. Its memory is fixed: addresses share slots by a hash with a secret seed, and an IPv6 address counts as its /64.
/// </summary>
internal sealed class FailureBrake(TimeProvider time)
{
    /// <summary>How many wrong keys in a row are answered one by one.</summary>
    public const int Burst = 20;

    private const int Slots = 4096;
    private static readonly TimeSpan _forgetsOneIn = TimeSpan.FromSeconds(3);

    // When a slot would be empty again, in ticks of the clock: one number holds level and time.
    private readonly long[] _emptyAt = new long[Slots];

    /// <summary>Counts a wrong key.</summary>
    /// <returns>0 where it is to be answered as such; else after how many seconds another one is.</returns>
    public int Count(IPAddress? peer)
    {
        ref var slot = ref _emptyAt[SlotOf(peer)];
        var now = time.GetUtcNow().UtcTicks;
        while (true)
        {
            var before = Volatile.Read(ref slot);
            var level = Math.Max(before, now) + _forgetsOneIn.Ticks;
            var excess = level - now - (Burst * _forgetsOneIn.Ticks);
            if (excess > 0)
            {
                return (int)Math.Ceiling(TimeSpan.FromTicks(excess).TotalSeconds);
            }

            if (Interlocked.CompareExchange(ref slot, level, before) == before)
            {
                return 0;
            }
        }
    }

    private static int SlotOf(IPAddress? peer)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (peer is null || !peer.TryWriteBytes(bytes, out var length))
        {
            length = 0;
        }

        HashCode hash = default;
        hash.AddBytes(bytes[..(length == 16 && !peer!.IsIPv4MappedToIPv6 ? 8 : length)]);
        return (int)((uint)hash.ToHashCode() % Slots);
    }
}
