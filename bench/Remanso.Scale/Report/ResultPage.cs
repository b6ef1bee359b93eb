using System.Globalization;

namespace Remanso.Scale.Report;

/// <summary>A page of results that another program wrote.</summary>
internal sealed class ResultPage(string path)
{
    private readonly string[] _lines = File.Exists(path) ? File.ReadAllLines(path) : [];

    public string Name => Path.GetFileName(path);

    /// <summary>A figure of a row; null where there is no such row.</summary>
    /// <param name="row">What the row begins with.</param>
    /// <param name="column">1: the product's; 2: what it is compared to.</param>
    public double? Find(string row, int column = 1)
    {
        var line = _lines.FirstOrDefault(line => line.StartsWith($"| {row} |", StringComparison.Ordinal));
        var text = line?.Split('|')[column + 1].Trim();
        var digits = text is null ? "" : new string([.. text.TakeWhile(static letter => char.IsAsciiDigit(letter) || letter == '.')]);
        return digits.Length == 0 ? null : double.Parse(digits, CultureInfo.InvariantCulture);
    }
}
