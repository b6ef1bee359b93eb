using System.Diagnostics.Metrics;

namespace Remanso.Telemetry;

/// <summary>Measurements whose listeners can't fail what is measured: an instrument throws whatever one of them throws.</summary>
internal static class Measurements
{
    /// <summary>Records a value; an error of a listener is its own.</summary>
    public static void Note<T>(this Histogram<T> histogram, T value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : struct
    {
        try
        {
            histogram.Record(value, tags);
        }
        catch (Exception)
        {
            // The next listeners of this value don't get it, as they wouldn't if it were passed on.
        }
    }
}
