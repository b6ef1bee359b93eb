using Remanso.Fuzz.Engine;
using Remanso.Fuzz.Targets;
using Xunit;

namespace Remanso.Fuzz;

/// <summary>Every parser gets along with what is kept in git: what it was found to stumble over, and what took a way of its own; and with a
/// bounded number of mutations of that, the same in each run.</summary>
public sealed class CorpusTests
{
    private const int Seed = 15;

    public static TheoryData<string> Names => [.. AllTargets.List.Select(static target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_parser_gets_along_with_each_file_of_its_corpus(string name)
    {
        var target = TargetOf(name);
        foreach (var file in CorpusFiles.Of(target))
        {
            AssertNone(Execution.Run(target, File.ReadAllBytes(file)), Path.GetFileName(file));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_parser_gets_along_with_mutations_of_its_corpus(string name)
    {
        var target = TargetOf(name);
        var (corpus, mutator) = (CorpusFiles.Read(target), new Mutator(target, Seed));
        for (var number = 0; number < target.Mutations; number++)
        {
            AssertNone(Execution.Run(target, mutator.Next(corpus)), $"mutation {number}");
        }
    }

    [Fact]
    public void Each_target_is_in_the_list_and_has_a_corpus()
    {
        var declared = typeof(AllTargets)
            .Assembly.GetTypes()
            .Select(static type => type.GetProperty("Target"))
            .Where(static property => property?.PropertyType == typeof(FuzzTarget))
            .Select(static property => ((FuzzTarget)property!.GetValue(null)!).Name)
            .Order(StringComparer.Ordinal);
        Assert.Equal(declared, AllTargets.List.Select(static target => target.Name).Order(StringComparer.Ordinal));
        Assert.All(AllTargets.List, static target => Assert.True(CorpusFiles.Of(target).Length > 0, $"{target.Name} has no corpus"));
        var folders = Directory.EnumerateDirectories(CorpusFiles.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);
        Assert.Equal(declared, folders);
    }

    private static FuzzTarget TargetOf(string name) => AllTargets.List.Single(target => target.Name == name);

    private static void AssertNone(Finding? finding, string input) =>
        Assert.True(finding is null, $"{input} ({Convert.ToBase64String(finding?.Input ?? [])}): {finding?.Cause}\n{finding?.Error}");
}
