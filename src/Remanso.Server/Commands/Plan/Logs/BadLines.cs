namespace Remanso.Server.Commands.Plan.Logs;

/// <summary>Names the first lines that can't be read, and counts all of them. Never says what stands in one.</summary>
internal sealed class BadLines(TextWriter errors)
{
    private const int Named = 10;

    /// <summary>How many there were.</summary>
    public long Count { get; private set; }

    /// <summary>The first one, and what is wrong with it.</summary>
    public string? First { get; private set; }

    public void Add(long number, string wrong)
    {
        var line = FormattableString.Invariant($"line {number}: {wrong}");
        First ??= line;
        if (Count++ < Named)
        {
            errors.WriteLine("remanso: " + line);
        }
    }

    /// <summary>Says how many were not named.</summary>
    public void Sum()
    {
        if (Count > Named)
        {
            errors.WriteLine(FormattableString.Invariant($"remanso: {Count - Named} more lines can't be read"));
        }
    }
}
