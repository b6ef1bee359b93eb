using System.Text.Json;

namespace Remanso.Benchmarks.Scale;

/// <summary>Collects the samples of figures, and adds each figure to a file as a line of JSON.</summary>
internal sealed class CostFigures(string file)
{
    private readonly List<(string What, string Where, string Unit, List<double> Samples)> _figures = [];

    /// <param name="what">The operation.</param>
    /// <param name="where">Which process pays, or which memory.</param>
    /// <param name="unit">Of the samples.</param>
    /// <param name="sample">One of them.</param>
    public void Add(string what, string where, string unit, double sample)
    {
        var at = _figures.FindIndex(figure => figure.What == what && figure.Where == where && figure.Unit == unit);
        if (at < 0)
        {
            at = _figures.Count;
            _figures.Add((what, where, unit, []));
        }

        _figures[at].Samples.Add(sample);
    }

    /// <summary>Writes what was collected, and begins anew.</summary>
    /// <param name="set">What was measured.</param>
    /// <param name="at">With how many keys, or callers.</param>
    public async Task WriteAsync(string set, int at)
    {
        var lines = _figures.Select(figure =>
            JsonSerializer.Serialize(
                new
                {
                    set,
                    at,
                    what = figure.What,
                    where = figure.Where,
                    unit = figure.Unit,
                    samples = figure.Samples.Select(static sample => Math.Round(sample, 4)),
                }
            )
        );
        await File.AppendAllLinesAsync(file, lines);
        _figures.Clear();
    }
}
