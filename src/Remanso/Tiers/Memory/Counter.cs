using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>What a write that adds amounts to, given what its key holds.</summary>
internal static class Counter
{
    /// <summary>Makes a write that adds one of a value.</summary>
    /// <param name="write">The write.</param>
    /// <param name="current">The key's value; null where it is absent.</param>
    /// <param name="sum">The sum.</param>
    /// <returns>Why it can't be.</returns>
    internal static TierWriteOutcome? Resolve(ref TierWrite write, CacheEntry? current, out long sum)
    {
        sum = write.Addend!.Value;
        if (current is not null)
        {
            if (!CounterText.TryParse(current.Value.Span, out var number)) return TierWriteOutcome.NotANumber;

            var addend = sum;
            sum = unchecked(number + addend);
            // Only numbers of one sign can leave the 64 bits, and the sum then has the other.
            if (((number ^ sum) & (addend ^ sum)) < 0) return TierWriteOutcome.Overflow;

            write = write with { ContentType = current.ContentType, Tags = current.Tags, ExpiresAt = current.ExpiresAt };
        }

        write = write with { Value = CounterText.Format(sum) };
        return null;
    }
}
