using System.Text.RegularExpressions;

namespace Remanso.Architecture.Tests.Pages;

/// <summary>A table of a page: its rows without the line that sets the columns, the header first.</summary>
internal sealed partial record Table(int Line, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    // From so many words on, a cell is something to read and not a name or a number.
    private const int Prose = 4;

    /// <summary>How many columns have a cell that reads as a phrase.</summary>
    public int ColumnsOfProse =>
        Rows.SelectMany(static row => row.Select(static (cell, column) => (column, words: WordsOf(cell))))
            .Where(static one => one.words >= Prose)
            .Select(static one => one.column)
            .Distinct()
            .Count();

    public static IEnumerable<Table> Of(Page page)
    {
        List<IReadOnlyList<string>> rows = [];
        var from = 0;
        foreach (var (number, text) in page.Prose.Append((page.Lines.Count + 1, string.Empty)))
        {
            if (text.TrimStart().StartsWith('|'))
            {
                from = rows.Count == 0 ? number : from;
                rows.Add([.. CellEnd.Split(text.Trim().Trim('|')).Select(static cell => cell.Trim())]);
            }
            else if (rows.Count > 0)
            {
                yield return new Table(from, [.. rows.Where(static row => !row.All(static cell => cell.All(static c => c is '-' or ':')))]);
                rows = [];
            }
        }
    }

    /// <summary>The words that a reader sees: a link is its text, and code is one word.</summary>
    public static int WordsOf(string cell) =>
        LinkTarget
            .Replace(Code.Replace(cell, "code"), "]")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Count(static word => word.Any(char.IsLetterOrDigit));

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex CellEnd { get; }

    [GeneratedRegex(@"``.+?``|`[^`]+`")]
    private static partial Regex Code { get; }

    [GeneratedRegex(@"\]\([^)]*\)")]
    private static partial Regex LinkTarget { get; }
}
