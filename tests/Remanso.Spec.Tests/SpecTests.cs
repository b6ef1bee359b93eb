using Xunit;

namespace Remanso.Spec.Tests;

/// <summary>The models of the protocol hold within small bounds, and each broken rule is caught. <c>spec/README.md</c>
/// says what they cover.</summary>
public sealed class SpecTests
{
    public static TheoryData<string> Models => [.. SpecFolder.Models];

    /// <remarks>Takes spin and gcc: <c>apt-get install spin gcc</c>. The script bounds the time and memory of each check.</remarks>
    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_model_holds_and_each_of_its_mutants_is_caught(string model)
    {
        var (isGood, output) = await SpecFolder.CheckAsync(model, TestContext.Current.CancellationToken);

        Assert.True(isGood, $"spec/run.sh {model} says:\n{output}");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Each_switch_of_a_model_is_in_its_header(string model) =>
        Assert.Empty(SpecFolder.Used(model).Except(SpecFolder.Switches(model)));

    [Theory]
    [MemberData(nameof(Models))]
    public void Each_mutant_has_its_counterexample_in_the_results(string model) =>
        Assert.All(SpecFolder.Switches(model), name =>
            Assert.Contains("Then this does not hold:", SpecFolder.Read($"results/{model}.{name}.txt"), StringComparison.Ordinal)
        );

    [Fact]
    public void Each_result_belongs_to_a_mutant() =>
        Assert.Equal(
            SpecFolder
                .Models.SelectMany(static model => SpecFolder.Switches(model).Select(name => $"{model}.{name}.txt"))
                .Order(StringComparer.Ordinal),
            Directory
                .EnumerateFiles(Path.Combine(SpecFolder.Path, "results"), "*.txt")
                .Select(static path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Each_model_has_its_row_in_the_readme() =>
        Assert.All(SpecFolder.Models, static model =>
            Assert.Contains($"`{model}.pml`", SpecFolder.Read("README.md"), StringComparison.Ordinal)
        );
}
