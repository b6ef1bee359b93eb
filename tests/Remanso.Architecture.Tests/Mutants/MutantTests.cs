using Remanso.Architecture.Tests.Pages;
using Xunit;

namespace Remanso.Architecture.Tests.Mutants;

/// <summary>The list of <c>eng/mutate.sh</c> can't rot: each rule has a mutant, and each mutant still fits its file and
/// its tests.</summary>
public sealed class MutantTests
{
    private const string RulesPage = "docs/explanation/rules.md";

    // Rules that no single file decides, and that the page of rules therefore doesn't list.
    private const string OfTheProtocol = "protocol: ";

    private static readonly string[] _words = ["rule", "breaks", "file", "tests", "classes", "simulation"];

    private static readonly string[] _rules = [.. Table.Of(new Page(RulesPage)).Single().Rows.Skip(1).Select(static row => row[0])];

    [Fact]
    public void Each_rule_has_a_mutant() =>
        Offenders.MustBeNone(
            $"Add a mutant to {Mutant.Folder} for these rows of {RulesPage}:",
            _rules.Except(Mutant.All.Select(static mutant => mutant.Rule))
        );

    [Fact]
    public void Each_mutant_breaks_a_rule_that_is_told() =>
        Offenders.MustBeNone(
            $"These are no rows of {RulesPage}, nor rules of the protocol:",
            from mutant in Mutant.All
            where !_rules.Contains(mutant.Rule) && !mutant.Rule.StartsWith(OfTheProtocol, StringComparison.Ordinal)
            select $"{mutant.Name}: {mutant.Rule}"
        );

    [Fact]
    public void Each_mutant_edits_a_text_that_stands_once_in_its_file() =>
        Offenders.MustBeNone(
            "The old text must be there exactly once, and the new one be another:",
            from mutant in Mutant.All
            where mutant.Occurrences != 1 || mutant.Old == mutant.New
            select $"{mutant.Name}: {mutant.Occurrences} times in {mutant.File}"
        );

    [Fact]
    public void Each_mutant_names_tests_that_exist() =>
        Offenders.MustBeNone(
            "There are no such classes in these test projects:",
            from mutant in Mutant.All
            let sources = House.Sources("tests/" + mutant.Tests)
            from name in mutant.Classes.DefaultIfEmpty("(no class)")
            where !sources.Any(file => file.PublicTypes.Contains(name))
            select $"{mutant.Name}: {name} in {mutant.Tests}"
        );

    [Fact]
    public void Each_mutant_says_what_it_is() =>
        Offenders.MustBeNone(
            $"The words of a mutant are {string.Join(", ", _words)}, in this order, and only the last may be left out:",
            from mutant in Mutant.All
            let words = mutant.Header.Keys.ToArray()
            where
                !words.SequenceEqual(_words.Take(words.Length))
                || words.Length < _words.Length - 1
                || mutant.Header.Values.Contains(string.Empty)
            select mutant.Name
        );
}
