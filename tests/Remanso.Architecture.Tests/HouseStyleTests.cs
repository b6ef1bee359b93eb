using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>One hand in the code: what the formatter can't see to.</summary>
public sealed partial class HouseStyleTests
{
    private const int Width = 140;
    private const int MostArguments = 7;

    // What may use what: each folder of the core its own level and those before it, and the root, which holds what callers see.
    private static readonly string[][] _levels =
    [
        ["Common"],
        ["Entries"],
        ["Stores"],
        ["Tiers", "Telemetry"],
        ["Processes"],
        ["ReadThrough"],
        ["Near"],
        ["WriteBehind"],
        ["Watching"],
        ["Hosting"],
        ["Faces"],
    ];

    [Fact]
    public void No_line_is_wider_than_140_columns() =>
        Offenders.MustBeNone(
            $"No line has more than {Width} columns, but for what a test quotes:",
            from file in House.Sources("src", "tests", "bench", "samples")
            from line in TooWide(file)
            select $"{file.Path}: {line}"
        );

    [Fact]
    public void A_constructor_has_at_most_seven_arguments() =>
        Offenders.MustBeNone(
            $"What needs more than {MostArguments} arguments lacks an object that holds some of them together:",
            from type in House.Product.SelectMany(static assembly => assembly.GetTypes())
            where !IsRecord(type) && !type.Name.StartsWith("__", StringComparison.Ordinal)
            from constructor in type.GetConstructors()
            where constructor.GetParameters().Length > MostArguments
            select $"{type.FullName}: {constructor.GetParameters().Length}"
        );

    [Fact]
    public void No_folder_of_the_core_points_up() =>
        Offenders.MustBeNone(
            $"A folder of the core uses those of its level and before it ({string.Join(", ", _levels.SelectMany(static level => level))}):",
            from file in House.Sources("src/Remanso")
            let level = LevelOf(file.Path.Split('/')[2])
            where level >= 0
            from match in UsingPattern.Matches(file.Text)
            where LevelOf(match.Groups["folder"].Value) > level
            select $"{file.Path}: {match.Groups["folder"].Value}"
        );

    [Fact]
    public void Every_folder_of_the_core_has_its_place() =>
        Assert.Empty(
            House
                .Sources("src/Remanso")
                .Select(static file => file.Path.Split('/'))
                .Where(static parts => parts.Length > 3)
                .Select(static parts => parts[2])
                .Where(static folder => LevelOf(folder) < 0)
                .Except(["Exceptions", "Options", "Results"])
        );

    private static int LevelOf(string folder) => Array.FindIndex(_levels, level => level.Contains(folder));

    // Data is cut nowhere (a line that is nothing but a literal, or stands within one of several lines), nor is a reference.
    private static IEnumerable<string> TooWide(SourceFile file)
    {
        var isQuoting = false;
        var number = 0;
        foreach (var line in file.Text.Split('\n'))
        {
            number++;
            var quotes = line.Split("\"\"\"").Length - 1;
            var isData =
                file.Path.StartsWith("tests/", StringComparison.Ordinal)
                && (isQuoting || LiteralPattern.Replace(line, "").Length < Width / 2);
            isQuoting ^= quotes % 2 == 1;
            if (line.Length > Width && !isData && !ReferencePattern.IsMatch(line))
            {
                yield return $"line {number}, {line.Length} columns";
            }
        }
    }

    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance) is not null;

    [GeneratedRegex(@"\$*""""""([^""]|""{1,2}(?!""))*""""""|@?\$?""(\\.|[^""\\])*""", RegexOptions.ExplicitCapture)]
    private static partial Regex LiteralPattern { get; }

    [GeneratedRegex(@"^ */// (<summary>)?<(see|inheritdoc) cref=""[^""]+""/>$", RegexOptions.ExplicitCapture)]
    private static partial Regex ReferencePattern { get; }

    [GeneratedRegex(@"^using (static )?Remanso\.(?<folder>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex UsingPattern { get; }
}
