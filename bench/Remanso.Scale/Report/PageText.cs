using System.Globalization;
using System.Text;

namespace Remanso.Scale.Report;

/// <summary>A page of Markdown in the making.</summary>
internal sealed class PageText
{
    private const int Width = 118;

    private readonly StringBuilder _text = new();

    public void Heading(string text) => _text.Append(CultureInfo.InvariantCulture, $"\n## {text}\n");

    /// <summary>A paragraph, or an item of a list; wrapped.</summary>
    public void Paragraph(FormattableString text)
    {
        var length = 0;
        _text.Append('\n');
        foreach (var word in text.ToString(CultureInfo.InvariantCulture).Split([' ', '\n']))
        {
            var isNewLine = length > 0 && length + 1 + word.Length > Width;
            _text.Append(
                length == 0 ? ""
                : isNewLine ? "\n"
                : " "
            );
            _text.Append(word);
            length = isNewLine ? word.Length : length + word.Length + Math.Min(1, length);
        }

        _text.Append('\n');
    }

    /// <summary>Begins a table: the first column is text, the others are figures.</summary>
    public void Table(params IEnumerable<string> heads)
    {
        var all = heads.ToArray();
        _text.Append('\n');
        Row(all);
        _text.Append("|---|").Insert(_text.Length, "---:|", all.Length - 1).Append('\n');
    }

    public void Row(params IEnumerable<string> cells) => _text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    public override string ToString() => _text.ToString();
}
