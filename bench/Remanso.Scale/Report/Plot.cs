using System.Globalization;
using System.Net;
using System.Text;

namespace Remanso.Scale.Report;

/// <summary>A plot as SVG, on a ground of its own, so that it can be read on a light page and on a dark one.</summary>
/// <param name="title">What it shows.</param>
/// <param name="description">For those who can't see it.</param>
/// <param name="x">The axis below.</param>
/// <param name="y">The axis on the left.</param>
/// <param name="lines">At most six.</param>
internal sealed class Plot(string title, string description, Axis x, Axis y, IReadOnlyList<Line> lines)
{
    private const int Width = 860;
    private const int Height = 400;
    private const int Left = 84;
    private const int Right = 220;
    private const int Top = 48;
    private const int Bottom = 62;

    // Okabe and Ito: told apart by eyes that see fewer colours, too. The last is the text's own.
    private static readonly string[] _colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

    private const string Style = """
        .ground{fill:#ffffff;stroke:#d0d7de}text{fill:#1f2328;font:13px system-ui,sans-serif}.title{font-size:16px;font-weight:600}
        .grid{stroke:#d8dee4}.line{fill:none;stroke-width:2.2}.dashed{stroke-dasharray:6 4}
        @media (prefers-color-scheme:dark){.ground{fill:#161b22;stroke:#30363d}text{fill:#e6edf3}.grid{stroke:#30363d}
        .c0{--c:#4aa8e8}.c3{--c:#e39cc4}.c2{--c:#2fc79a}.c1{--c:#ff8540}}
        """;

    private readonly StringBuilder _svg = new();

    public string Draw()
    {
        Write($"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {Width} {Height}' width='{Width}' height='{Height}' role='img' ");
        Write($"aria-labelledby='t d'>\n<title id='t'>{Text(title)}</title>\n<desc id='d'>{Text(description)}</desc>\n");
        Write($"<style>{Style}</style>\n");
        Write($"<rect class='ground' x='0.5' y='0.5' width='{Width - 1}' height='{Height - 1}' rx='8'/>\n");
        Write($"<text class='title' x='{Left}' y='28'>{Text(title)}</text>\n");
        DrawAxes();
        for (var i = 0; i < lines.Count; i++)
        {
            DrawLine(lines[i], i);
        }

        Write($"</svg>\n");
        return _svg.ToString();
    }

    private void DrawAxes()
    {
        foreach (var tick in y.Ticks)
        {
            Write($"<line class='grid' x1='{Left}' x2='{Width - Right}' y1='{Y(tick):0.#}' y2='{Y(tick):0.#}'/>");
            Write($"<text x='{Left - 8}' y='{Y(tick) + 4:0.#}' text-anchor='end'>{Axis.TextOf(tick)}</text>\n");
        }

        foreach (var tick in x.Ticks)
        {
            Write($"<line class='grid' x1='{X(tick):0.#}' x2='{X(tick):0.#}' y1='{Top}' y2='{Height - Bottom}'/>");
            Write($"<text x='{X(tick):0.#}' y='{Height - Bottom + 20}' text-anchor='middle'>{Axis.TextOf(tick)}</text>\n");
        }

        Write($"<text x='{(Left + Width - Right) / 2}' y='{Height - 16}' text-anchor='middle'>{Text(x.Title)}</text>\n");
        var middle = (Top + Height - Bottom) / 2;
        Write($"<text x='20' y='{middle}' text-anchor='middle' transform='rotate(-90 20 {middle})'>{Text(y.Title)}</text>\n");
    }

    private void DrawLine(Line line, int place)
    {
        var colour = $"var(--c,{_colours[place]})";
        Write($"<g class='c{place}'>");
        if (line.Kind != LineKind.Points)
        {
            var path = string.Join('L', line.Points.Select(point => FormattableString.Invariant($"{X(point.X):0.#} {Y(point.Y):0.#}")));
            Write($"<path class='line{(line.Kind == LineKind.Dashed ? " dashed" : "")}' d='M{path}' style='stroke:{colour}'/>");
        }

        foreach (var (at, value) in line.Points)
        {
            Dot(X(at), Y(value));
        }

        var middle = Top + 10 + (place * 24);
        Dot(Width - Right + 24, middle);
        if (line.Kind != LineKind.Points)
        {
            var dashed = line.Kind == LineKind.Dashed ? " dashed" : "";
            Write($"<path class='line{dashed}' d='M{Width - Right + 12} {middle}h24' style='stroke:{colour}'/>");
        }

        Write($"<text x='{Width - Right + 44}' y='{middle + 4}'>{Text(line.Name)}</text></g>\n");

        void Dot(double cx, double cy)
        {
            var form = line.Kind == LineKind.Points ? $"fill='none' style='stroke:{colour};stroke-width:2'" : $"style='fill:{colour}'";
            Write($"<circle cx='{cx:0.#}' cy='{cy:0.#}' r='{(line.Kind == LineKind.Points ? "5" : "3.2")}' ");
            _svg.Append(form).Append("/>");
        }
    }

    private void Write(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture));

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private double X(double value) => Left + ((Width - Left - Right) * x.Place(value));

    private double Y(double value) => Height - Bottom - ((Height - Top - Bottom) * y.Place(value));
}
