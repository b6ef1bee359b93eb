using System.Text;

namespace Remanso.Server.Metrics;

/// <summary>Prometheus names of instruments.</summary>
internal static class MetricName
{
    public static string Of(string instrument, string? unit, MetricKind kind)
    {
        var name = Sanitize(instrument);
        if (SuffixOf(unit) is { } suffix && !name.EndsWith(suffix, StringComparison.Ordinal))
        {
            name += suffix;
        }

        var grows = kind is MetricKind.Counter or MetricKind.ObservedCounter;
        return grows && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary>A name or label of the characters that Prometheus allows.</summary>
    public static string Sanitize(string name)
    {
        var result = new StringBuilder(name.Length + 1);
        foreach (var character in name)
        {
            if (result.Length == 0 && char.IsAsciiDigit(character))
            {
                result.Append('_');
            }

            result.Append(char.IsAsciiLetterOrDigit(character) ? character : '_');
        }

        return result.ToString();
    }

    private static string? SuffixOf(string? unit) =>
        unit switch
        {
            null or "" or "1" => null,
            ['{', ..] => null,
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "%" => "_percent",
            _ => "_" + Sanitize(unit),
        };
}
