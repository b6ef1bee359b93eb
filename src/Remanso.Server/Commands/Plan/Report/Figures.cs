using System.Globalization;
using Remanso.Common;
using Remanso.Server.Commands.Doctor;

namespace Remanso.Server.Commands.Plan.Report;

/// <summary>Figures for people.</summary>
internal static class Figures
{
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A part of a whole in per cent; a dash where there is no whole. What is not all does not look like all.</summary>
    public static string Part(double part) =>
        double.IsNaN(part) ? "-"
        : part is > 0.9995 and < 1 ? "99.9 %"
        : string.Create(CultureInfo.InvariantCulture, $"{part * 100:0.0} %");

    /// <summary>Which part of what there was without a cache is left out with it; below 0 where it is more.</summary>
    public static string Saved(long with, long without) => Part(without == 0 ? double.NaN : 1 - ((double)with / without));

    public static string Bytes(long bytes) => Doctor.Bytes.Text(bytes);

    /// <summary>A span that was set.</summary>
    public static string Setting(TimeSpan time) => DurationText.Format(time);

    /// <summary>A span that was measured.</summary>
    public static string Span(TimeSpan time) =>
        time switch
        {
            { TotalMilliseconds: < 1000 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
            { TotalSeconds: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
            { TotalMinutes: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.0} min"),
            { TotalHours: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0.0} days"),
        };
}
