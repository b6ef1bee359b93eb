using Remanso.Tiers;

namespace Remanso.WriteBehind;

// They are bounded in number (FlushOptions.MaxDeadLetters), so all of them are looked at; what becomes one meanwhile is
// left for the next time.

/// <summary>What is done with the dead letters that a filter takes.</summary>
internal static class DeadLetterSelection
{
    private const int AtOnce = 1000;

    /// <summary>Those that a filter takes, oldest first.</summary>
    public static async ValueTask<IReadOnlyList<DeadLetter>> ListAsync(
        ICacheTier tier,
        DeadLetterFilter filter,
        int max,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        var most = filter == DeadLetterFilter.All ? max : int.MaxValue;
        var letters = await tier.ListDeadLettersAsync(most, cancellationToken).ConfigureAwait(false);
        var now = tier.Now;
        return [.. letters.Where(letter => filter.Takes(letter, now)).Take(max)];
    }

    /// <summary>Does something with all that a filter takes.</summary>
    /// <returns>The sum of what it returned.</returns>
    public static async ValueTask<int> EachAsync(
        ICacheTier tier,
        DeadLetterFilter filter,
        Func<IReadOnlyList<string>, CancellationToken, ValueTask<int>> run,
        CancellationToken cancellationToken
    )
    {
        var sum = 0;
        var letters = await ListAsync(tier, filter, int.MaxValue, cancellationToken).ConfigureAwait(false);
        foreach (var keys in letters.Select(static letter => letter.Key).Chunk(AtOnce))
        {
            sum += await run(keys, cancellationToken).ConfigureAwait(false);
        }

        return sum;
    }
}
