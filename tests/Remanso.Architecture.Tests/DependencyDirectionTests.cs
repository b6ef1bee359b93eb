using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>Dependencies point inward: stores and tiers know the core and never each other, the server knows all,
/// nobody knows the server.</summary>
public sealed partial class DependencyDirectionTests
{
    /// <summary>What each assembly of the product may refer to beyond the platform and its abstractions; a star at the
    /// end stands for anything. The server may refer to anything.</summary>
    private static readonly Dictionary<string, string[]> _allowed = new(StringComparer.Ordinal)
    {
        ["Remanso"] = ["Microsoft.Extensions.DependencyInjection"],
        ["Remanso.AspNetCore"] =
        [
            "Remanso",
            "Microsoft.AspNetCore.*",
            "Microsoft.Extensions.*",
            "Microsoft.Net.Http.Headers",
            "Microsoft.IdentityModel.*",
            "Microsoft.OpenApi",
        ],
        ["Remanso.Client"] = ["Microsoft.Extensions.Http", "Microsoft.Extensions.DependencyInjection"],
        ["Remanso.OpenTelemetry"] = ["OpenTelemetry.Api"],
        ["Remanso.Redis"] = ["Remanso"],
        ["Remanso.Sql"] = ["Remanso"],
        ["Remanso.Sqlite"] = ["Remanso", "Remanso.Sql", "Microsoft.Data.Sqlite", "SQLitePCLRaw*"],
        ["Remanso.Postgres"] = ["Remanso", "Remanso.Sql", "Npgsql"],
        ["Remanso.EntityFrameworkCore"] =
        [
            "Remanso",
            "Remanso.Sql",
            "Microsoft.EntityFrameworkCore",
            "Microsoft.EntityFrameworkCore.Abstractions",
            "Microsoft.EntityFrameworkCore.Relational",
        ],
        ["Remanso.MySql"] = ["Remanso", "Remanso.Sql"],
        ["Remanso.Testing"] = ["Remanso"],
    };

    [Fact]
    public void Each_assembly_of_the_product_refers_only_to_what_lies_further_in() =>
        Offenders.MustBeNone(
            "These references point outward, or to a package that the design does not name:",
            from assembly in House.Product
            where House.Name(assembly) != "Remanso.Server"
            from reference in assembly.GetReferencedAssemblies()
            where !MayRefer(House.Name(assembly), reference.Name!)
            select $"{House.Name(assembly)} -> {reference.Name}"
        );

    [Fact]
    public void Nobody_knows_the_server() =>
        Offenders.MustBeNone(
            "These refer to the server:",
            from assembly in House.Product
            where assembly.GetReferencedAssemblies().Any(static reference => reference.Name == "Remanso.Server")
            select House.Name(assembly)
        );

    [Fact]
    public void Every_project_of_the_product_has_a_rule_and_every_project_is_seen_by_these_tests()
    {
        var product = House.Files("csproj", "src").Select(Path.GetFileNameWithoutExtension).ToArray();
        var tests = House.Files("csproj", "tests").Select(Path.GetFileNameWithoutExtension);

        Offenders.MustBeNone(
            "Add a line to the rules above, or a project reference to these tests, for:",
            product
                .Where(static name => name != "Remanso.Server" && !_allowed.ContainsKey(name!))
                .Select(static name => name + ": no rule")
                .Concat(product.Concat(tests).Except(House.Assemblies.Select(House.Name)).Select(static name => name + ": not referenced"))
        );
    }

    [Fact]
    public void Every_project_is_part_of_the_solution()
    {
        var solution = File.ReadAllText(House.SolutionFile);

        Offenders.MustBeNone(
            "These projects are missing in Remanso.slnx, so nobody builds or tests them:",
            House
                .Files("csproj", "src", "tests", "samples", "bench")
                .Where(project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal))
        );
    }

    private static bool MayRefer(string assembly, string reference) =>
        PlatformPattern.IsMatch(reference)
        || (
            _allowed.TryGetValue(assembly, out var allowed)
            && allowed.Any(name => name is [.. var start, '*'] ? reference.StartsWith(start, StringComparison.Ordinal) : reference == name)
        );

    [GeneratedRegex(
        @"^(System(\..+)?|Microsoft\.Win32\..+|netstandard|mscorlib|Microsoft\.Extensions\.(.+\.Abstractions|Options|Primitives))$",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex PlatformPattern { get; }
}
