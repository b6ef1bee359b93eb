using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests.Pages;

/// <summary>The defaults that the reference tells are those of the code.</summary>
public sealed partial class OptionPageTests
{
    private static readonly string[] _pages = ["docs/reference/cache-options.md", "docs/reference/cache-options-more.md"];

    [Fact]
    public void Every_default_of_a_cache_on_the_page_is_that_of_the_code()
    {
        var rows = (
            from page in _pages
            from match in RowPattern.Matches(File.ReadAllText(Path.Combine(House.Root, page)))
            select (Option: match.Groups["option"].Value, Default: match.Groups["default"].Value.Trim('`'))
        ).ToArray();
        var defaults = DefaultsOf(new CacheOptions(), prefix: string.Empty)
            .ToDictionary(static one => one.Option, static one => one.Value, StringComparer.Ordinal);

        Assert.NotEmpty(rows);
        Offenders.MustBeNone(
            "These defaults are others in the code:",
            from row in rows
            where defaults.ContainsKey(row.Option) && ValueOf(row.Default) is { } told && !told.Equals(defaults[row.Option])
            select $"{row.Option}: {row.Default}, but {defaults[row.Option]}"
        );
        // Those that follow other settings or are computed are told in words: they are few.
        Assert.InRange(rows.Count(row => defaults.ContainsKey(row.Option) && ValueOf(row.Default) is not null), 40, 100);
    }

    private static IEnumerable<(string Option, object? Value)> DefaultsOf(object options, string prefix) =>
        from property in options.GetType().GetProperties()
        from one in property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal)
            ? DefaultsOf(property.GetValue(options)!, prefix + property.Name + ":")
            : [(prefix + property.Name, Simple(property.GetValue(options)))]
        select one;

    private static object? Simple(object? value) =>
        value switch
        {
            TimeSpan or bool => value,
            int or long or double => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            _ => value?.ToString(),
        };

    /// <summary>What a cell says, in the type of the code; null where it says it in words.</summary>
    private static object? ValueOf(string cell)
    {
        if (bool.TryParse(cell, out var flag))
        {
            return flag;
        }

        if (NumberPattern.Match(cell) is not { Success: true } match)
        {
            return null;
        }

        var number = double.Parse(
            match.Groups["number"].Value.Replace(",", string.Empty, StringComparison.Ordinal),
            CultureInfo.InvariantCulture
        );
        return match.Groups["unit"].Value switch
        {
            "" => number,
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" or "min" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            "day" => TimeSpan.FromDays(number),
            "MiB" => number * 1024 * 1024,
            "KiB" => number * 1024,
            _ => null,
        };
    }

    [GeneratedRegex(@"^\| `(?<option>[A-Z][\w:]+)` \| (?<default>[^|]*) \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex RowPattern { get; }

    [GeneratedRegex(@"^(?<number>[\d,.]+) ?(?<unit>[A-Za-z]*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex NumberPattern { get; }
}
