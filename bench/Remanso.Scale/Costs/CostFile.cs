using System.Text.Json;

namespace Remanso.Scale.Costs;

/// <summary>The figures that <c>Remanso.Benchmarks --scale</c> and <c>bench/run-scale.sh</c> wrote, a line each.</summary>
internal sealed class CostFile
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    private readonly Figure[] _figures;

    private CostFile(Figure[] figures) => _figures = figures;

    public static CostFile Read(string path) =>
        new([.. File.ReadLines(path).Select(static line => JsonSerializer.Deserialize<Figure>(line, _json)!)]);

    /// <summary>With how many keys, callers or rows something was measured, ascending.</summary>
    public int[] SizesOf(string set) =>
        [.. _figures.Where(figure => figure.Set == set).Select(static figure => figure.At).Distinct().Order()];

    public Figure? Find(string set, int at, string what, string where) =>
        Array.Find(_figures, figure => figure.Set == set && figure.At == at && figure.What == what && figure.Where == where);

    public Figure Get(string set, int at, string what, string where) =>
        Find(set, at, what, where) ?? throw new InvalidDataException($"The costs have no '{what}' of '{where}' for {at} in '{set}'.");
}
