using System.Text.Json;
using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>What a write that merges amounts to, given what its key holds.</summary>
internal static class Merging
{
    /// <summary>Makes a write that merges one of a value.</summary>
    /// <param name="write">The write.</param>
    /// <param name="current">What the key holds; null where it is absent.</param>
    /// <param name="most">The most bytes that the value may have.</param>
    /// <param name="number">The number that it leaves; of JSON, the bytes that the value has.</param>
    /// <returns>Why it can't be.</returns>
    internal static TierWriteOutcome? Resolve(ref TierWrite write, CacheEntry? current, long most, out long number)
    {
        var merge = write.Merge!;
        if (merge.IsJson)
        {
            number = current?.Value.Length ?? 0;
            if (number > most)
            {
                return TierWriteOutcome.TooLarge;
            }

            try
            {
                write = write with { Value = Text(merge, current) };
            }
            catch (JsonException)
            {
                return TierWriteOutcome.NotJson;
            }

            number = write.Value.Length;
        }
        else
        {
            if (Refuse(merge, current, out number, out var stays) is { } unfit)
            {
                return unfit;
            }

            // A number that stays keeps its text, leading zeros and all.
            write = write with { Value = stays ? current!.Value : CounterText.Format(number) };
        }

        if (write.Value.Length > most)
        {
            number = write.Value.Length;
            return TierWriteOutcome.TooLarge;
        }

        if (current is not null)
        {
            write = write with { ContentType = current.ContentType, Tags = current.Tags, ExpiresAt = current.ExpiresAt };
        }

        return null;
    }

    private static ReadOnlyMemory<byte> Text(Merge merge, CacheEntry? current) =>
        merge.Kind == MergeKind.Patch
            ? current is null
                ? merge.Patched!.Create()
                : merge.Patched!.Apply(current.Value.Span)
            : current is null
                ? JsonArray.Of(merge.Json.Span)
                : JsonArray.Append(current.Value.Span, merge.Json.Span, merge.Cap);

    private static TierWriteOutcome? Refuse(Merge merge, CacheEntry? current, out long number, out bool stays)
    {
        number = merge.Number;
        stays = false;
        if (current is null)
        {
            return Fits(merge, number);
        }

        if (!CounterText.TryParse(current.Value.Span, out var there))
        {
            return TierWriteOutcome.NotANumber;
        }

        if (merge.Kind == MergeKind.Add)
        {
            number = unchecked(there + merge.Number);
            // Only numbers of one sign can leave the 64 bits, and the sum then has the other.
            return ((there ^ number) & (merge.Number ^ number)) < 0 ? TierWriteOutcome.Overflow : Fits(merge, number);
        }

        number = merge.Kind == MergeKind.Max ? Math.Max(there, number) : Math.Min(there, number);
        stays = number == there;
        return Fits(merge, number);
    }

    private static TierWriteOutcome? Fits(Merge merge, long number) =>
        merge.Range is { } range && !range.Has(number) ? TierWriteOutcome.Overflow : null;
}
