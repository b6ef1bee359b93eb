using System.Buffers;
using System.Globalization;
using System.Text;

namespace Remanso.Server.Metrics;

/// <summary>The lines of the text format and their escapes.</summary>
internal readonly struct PrometheusText(IBufferWriter<byte> output)
{
    /// <summary>The labels of tags, without braces.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            labels
                .Append(labels.Length == 0 ? string.Empty : ",")
                .Append(MetricName.Sanitize(name))
                .Append("=\"")
                .Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty, quote: true))
                .Append('"');
        }

        return labels.ToString();
    }

    public void Header(string name, string type, string? help)
    {
        if (!string.IsNullOrEmpty(help))
        {
            Line($"# HELP {name} {Escape(help, quote: false)}\n");
        }

        Line($"# TYPE {name} {type}\n");
    }

    public void Sample(string name, string suffix, string labels, double value) =>
        Line(labels.Length == 0 ? $"{name}{suffix} {Number(value)}\n" : $"{name}{suffix}{{{labels}}} {Number(value)}\n");

    public void Bucket(string name, string labels, double bound, long count)
    {
        var comma = labels.Length == 0 ? string.Empty : ",";
        Line($"{name}_bucket{{{labels}{comma}le=\"{Number(bound)}\"}} {Number(count)}\n");
    }

    private static string Escape(string text, bool quote)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quote ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private static string Number(double value) =>
        value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            _ => value.ToString("R", CultureInfo.InvariantCulture),
        };

    private void Line(string line) => Encoding.UTF8.GetBytes(line, output);
}
