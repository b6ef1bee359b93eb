using System.Globalization;

namespace Remanso.Benchmarks.Workloads;

/// <summary>A recorded command, taken apart for a client that wants keys and arguments by themselves.</summary>
internal sealed class RecordedTexts
{
    /// <param name="arguments">The number of keys, the keys, the other arguments.</param>
    /// <param name="placeholder">What stands for the key in them.</param>
    public RecordedTexts(IReadOnlyList<string> arguments, string placeholder)
    {
        var keys = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var texts = arguments.Skip(1).Select(text => new Part(text, placeholder)).ToArray();
        Keys = texts[..keys];
        Values = texts[keys..];
    }

    public Part[] Keys { get; }

    public Part[] Values { get; }

    /// <summary>One text, which may have the key in it once.</summary>
    internal sealed class Part
    {
        private readonly string _before;
        private readonly string? _after;

        public Part(string text, string placeholder)
        {
            var at = text.IndexOf(placeholder, StringComparison.Ordinal);
            (_before, _after) = at < 0 ? (text, null) : (text[..at], text[(at + placeholder.Length)..]);
        }

        public string With(string key) => _after is null ? _before : string.Concat(_before, key, _after);
    }
}
