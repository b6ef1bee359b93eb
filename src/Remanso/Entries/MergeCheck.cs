using System.Text;
using System.Text.Json;

namespace Remanso.Entries;

// What can be told without the value that is there: a number, the element of an array, a patch that is no object and so
// replaces the value, and what the members that a patch names become. Whether a number stays one of the cache's type is
// for the tier to tell, which gets the type's range with the merge.

/// <summary>Refuses merges of which a value could come that the cache's own type can't hold: accepted, every read of it
/// would fail.</summary>
internal sealed class MergeCheck<TValue>(IValueCodec<TValue> values)
{
    private volatile Numbers? _numbers;

    /// <summary>Checks a merge.</summary>
    /// <returns>The merge; one of numbers leaves none that is no value of the cache.</returns>
    /// <exception cref="InvalidMergeException">The outcome would be no value of the cache.</exception>
    public Merge Check(string key, Merge merge)
    {
        if (!merge.IsJson)
        {
            var (range, problem) = _numbers ??= Find();
            Throw(problem ?? Problem(merge, range));
            return range == NumberRange.All ? merge : merge.Within(range);
        }

        if (merge.Kind == MergeKind.Append)
        {
            Throw(Problem(Encoding.UTF8.GetBytes($"[{Encoding.UTF8.GetString(merge.Json.Span)}]")));
        }
        else if (merge.Json.Span is not [(byte)'{', ..])
        {
            Throw(Problem(merge.Json));
        }
        else if (values is IPatchCodec codec)
        {
            using var patch = JsonDocument.Parse(merge.Json);
            Throw(codec.PatchProblem(key, patch.RootElement));
        }

        return merge;
    }

    /// <summary>Whether a patch makes a whole value of nothing, so that it may be one of an absent key.</summary>
    /// <param name="merge">A patch that is not unreadable.</param>
    /// <param name="value">The value.</param>
    /// <param name="problem">Why it is none.</param>
    public bool TryMakeOfNothing(Merge merge, out TValue? value, out string? problem)
    {
        (value, problem) = (default, null);
        try
        {
            value = values.Decode(merge.Patched!.Create());
            return true;
        }
        catch (Exception exception)
        {
            problem = exception.Message;
            return false;
        }
    }

    private Numbers Find() =>
        Problem(CounterText.Format(1)) is { } problem
            ? new(NumberRange.All, problem)
            : new(NumberRange.Around(1, number => Problem(CounterText.Format(number)) is null), null);

    // Whatever is there: the higher one is no lower than this one, the lower one no higher.
    private static string? Problem(Merge merge, NumberRange range) =>
        merge.Kind switch
        {
            MergeKind.Max when merge.Number > range.Most => $"{merge.Number} is above {range.Most}",
            MergeKind.Min when merge.Number < range.Least => $"{merge.Number} is below {range.Least}",
            _ => null,
        };

    private string? Problem(ReadOnlyMemory<byte> outcome)
    {
        try
        {
            values.Decode(outcome);
            return null;
        }
        catch (Exception exception)
        {
            return exception.Message;
        }
    }

    private static void Throw(string? problem)
    {
        if (problem is not null)
        {
            throw new InvalidMergeException($"what would come of it is no {typeof(TValue)}: {problem}");
        }
    }

    private sealed record Numbers(NumberRange Range, string? Problem);
}
