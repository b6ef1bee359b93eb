using System.Globalization;
using System.Net;
using System.Text;

namespace Remanso.Torture.Tests.Soak;

/// <summary>A picture of some series over the time of a soak, as SVG.</summary>
/// <param name="metric">What was measured.</param>
/// <param name="series">Of whom.</param>
/// <param name="length">How long the soak was.</param>
/// <param name="warmUp">What of it is not judged.</param>
/// <param name="faults">When something was done to the servers.</param>
internal sealed class Chart(
    Metric metric,
    IReadOnlyList<Series> series,
    TimeSpan length,
    TimeSpan warmUp,
    IReadOnlyList<(TimeSpan At, string What)> faults
)
{
    private const int Width = 980;
    private const int Height = 250;
    private const int Left = 70;
    private const int Right = 130;
    private const int Top = 40;
    private const int Bottom = 40;
    private const int Lines = 4;
    private const int Ticks = 8;

    // Of more faults the numbers would lie over each other.
    private const int MostNumbers = 30;

    // Okabe and Ito: told apart by eyes that see fewer colours, too.
    private static readonly string[] _colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

    private readonly StringBuilder _svg = new();
    private readonly double _top = TopOf(series);

    /// <summary>The picture.</summary>
    public string Draw()
    {
        Write($"<svg viewBox='0 0 {Width} {Height}' role='img' aria-label='{metric.Name}' xmlns='http://www.w3.org/2000/svg'>");
        Write($"<rect x='{Left}' y='{Top}' width='{X(warmUp) - Left:0.#}' height='{Height - Top - Bottom}' class='warm'/>");
        DrawAxes();
        for (var i = 0; i < faults.Count; i++)
        {
            var x = X(faults[i].At);
            Write($"<line x1='{x:0.#}' x2='{x:0.#}' y1='{Top}' y2='{Height - Bottom}' class='fault'><title>");
            Write($"{i + 1}: {WebUtility.HtmlEncode(faults[i].What)}</title></line>");
            if (faults.Count <= MostNumbers)
            {
                Write($"<text x='{x:0.#}' y='{Top - 3}' text-anchor='middle' class='number'>{i + 1}</text>");
            }
        }

        for (var i = 0; i < series.Count; i++)
        {
            DrawSeries(series[i], _colours[i % _colours.Length], i);
        }

        Write($"</svg>");
        return _svg.ToString();
    }

    private void DrawAxes()
    {
        Write($"<text x='{Left}' y='20' class='title'>{metric.Name}{(metric.Unit.Length == 0 ? "" : ", " + metric.Unit)}</text>");
        for (var i = 0; i <= Lines; i++)
        {
            var value = _top * i / Lines;
            Write($"<line x1='{Left}' x2='{Width - Right}' y1='{Y(value):0.#}' y2='{Y(value):0.#}' class='grid'/>");
            Write($"<text x='{Left - 8}' y='{Y(value) + 4:0.#}' text-anchor='end'>{value:#,0.##}</text>");
        }

        for (var i = 0; i <= Ticks; i++)
        {
            var at = length * i / Ticks;
            Write($"<text x='{X(at):0.#}' y='{Height - Bottom + 18}' text-anchor='middle'>{TextOf(at)}</text>");
        }
    }

    // Where nothing was measured for some time, the line breaks off.
    private void DrawSeries(Series one, string colour, int place)
    {
        var gap = 4 * SpacingOf(one);
        var path = new StringBuilder();
        var last = TimeSpan.MinValue;
        foreach (var (at, value) in one.Points)
        {
            var pen = last == TimeSpan.MinValue || at - last > gap ? 'M' : 'L';
            path.Append(CultureInfo.InvariantCulture, $"{pen}{X(at):0.#} {Y(value):0.#}");
            last = at;
        }

        Write($"<path d='{path}' stroke='{colour}' class='series'/>");
        Write($"<rect x='{Width - Right + 12}' y='{Top + (place * 20)}' width='12' height='12' fill='{colour}'/>");
        Write($"<text x='{Width - Right + 30}' y='{Top + (place * 20) + 11}'>{one.Source}</text>");
    }

    private static TimeSpan SpacingOf(Series one) =>
        one.Points.Zip(one.Points.Skip(1), static (a, b) => b.At - a.At).Order().ElementAtOrDefault(one.Points.Count / 2);

    private void Write(FormattableString text) => _svg.Append(FormattableString.Invariant(text));

    private double X(TimeSpan at) => Left + ((Width - Left - Right) * Math.Clamp(at / length, 0, 1));

    private double Y(double value) => Height - Bottom - ((Height - Top - Bottom) * value / _top);

    private static string TextOf(TimeSpan at) =>
        at < TimeSpan.FromHours(1)
            ? at.ToString(@"m\:ss", CultureInfo.InvariantCulture)
            : at.TotalHours.ToString("0.0 h", CultureInfo.InvariantCulture);

    /// <summary>A round number that nothing is above.</summary>
    private static double TopOf(IReadOnlyList<Series> series)
    {
        var most = series.SelectMany(static one => one.Points).Select(static point => point.Value).DefaultIfEmpty(0).Max();
        if (most <= 0)
        {
            return 1;
        }

        var unit = Math.Pow(10, Math.Floor(Math.Log10(most)));
        return new[] { 1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10 }.Select(step => step * unit).First(top => top >= most);
    }
}
