using System.Globalization;

namespace Stampede;

/// <summary>The command line: <c>--callers N</c>, and <c>--database PATH</c> for processes that share one.</summary>
internal static class Arguments
{
    private const int DefaultCallers = 10;
    private const int MostCallers = 100_000;

    public static bool TryParse(ReadOnlySpan<string> args, out int callers, out string? database, out string error)
    {
        callers = DefaultCallers;
        database = null;
        error = $"Usage: Stampede [--callers N] [--database PATH], N from 1 to {MostCallers}";
        while (args is [var name, var value, .. var rest])
        {
            args = rest;
            switch (name)
            {
                case "--callers"
                    when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out callers)
                        && callers is >= 1 and <= MostCallers:
                    break;
                case "--database" when value.Length > 0:
                    database = value;
                    break;
                default:
                    return false;
            }
        }

        return args is [];
    }
}
