using System.Globalization;

namespace Remanso.Tests.Linearizability;

/// <summary>How many samples a test takes: 150, or as many as <c>REMANSO_LINEARIZABILITY</c> says.</summary>
internal static class Iterations
{
    public static int Count { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("REMANSO_LINEARIZABILITY"), CultureInfo.InvariantCulture, out var count)
            ? count
            : 150;
}
