using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>Tells who breaks a rule, one a line.</summary>
internal static class Offenders
{
    /// <summary>Fails where there is any offender.</summary>
    public static void MustBeNone(string rule, IEnumerable<string> offenders)
    {
        var lines = offenders.Order(StringComparer.Ordinal).ToArray();
        if (lines.Length > 0)
        {
            Assert.Fail($"{rule}{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", lines)}");
        }
    }
}
