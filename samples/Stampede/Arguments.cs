using System.Globalization;

namespace Stampede;

/// <summary>The command line: <c>--callers N</c>.</summary>
internal static class Arguments
{
    private const int DefaultCallers = 10;
    private const int MostCallers = 100_000;

    public static bool TryParse(string[] args, out int callers, out string error)
    {
        callers = DefaultCallers;
        error = $"Usage: Stampede [--callers N], N from 1 to {MostCallers}";
        return args is []
            || (args is ["--callers", var text]
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out callers)
                && callers is >= 1 and <= MostCallers);
    }
}
