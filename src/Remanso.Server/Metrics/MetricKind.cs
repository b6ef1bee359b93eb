namespace Remanso.Server.Metrics;

/// <summary>The kinds of metric families, and how their measurements add up.</summary>
internal enum MetricKind
{
    /// <summary>Only grows; measurements are increments.</summary>
    Counter,

    /// <summary>Only grows; measurements are totals, taken when somebody collects.</summary>
    ObservedCounter,

    /// <summary>Goes up and down; measurements are changes.</summary>
    UpDownCounter,

    /// <summary>Goes up and down; measurements are the current value.</summary>
    Gauge,

    /// <summary>Goes up and down; measurements are the current value, taken when somebody collects.</summary>
    ObservedGauge,

    /// <summary>A distribution.</summary>
    Histogram,
}
