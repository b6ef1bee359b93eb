namespace Remanso.Scale.Report;

/// <summary>A line of a plot.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Points">From left to right.</param>
/// <param name="Kind">How it is drawn.</param>
internal sealed record Line(string Name, IReadOnlyList<(double X, double Y)> Points, LineKind Kind = LineKind.Solid);

/// <summary>How a line of a plot is drawn.</summary>
internal enum LineKind
{
    /// <summary>As a line, with a dot at each point.</summary>
    Solid,

    /// <summary>In dashes.</summary>
    Dashed,

    /// <summary>Points alone: what was measured beside what was foretold.</summary>
    Points,
}
