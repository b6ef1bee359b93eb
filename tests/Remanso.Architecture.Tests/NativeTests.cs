using System.Reflection;
using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>What says of itself that it may be trimmed and compiled to native code. That it may indeed is told by the
/// compiler: eng/native.sh.</summary>
public sealed class NativeTests
{
    // Entity Framework Core itself needs reflection and code made at run time.
    private const string Except = "Remanso.EntityFrameworkCore";

    [Fact]
    public void Every_assembly_of_the_product_but_that_of_Entity_Framework_may_be_compiled_to_native_code() =>
        Offenders.MustBeNone(
            $"All but {Except} are compatible with native compilation (src/Directory.Build.props); these say otherwise:",
            from assembly in House.Product
            let says = assembly
                .GetCustomAttributes<AssemblyMetadataAttribute>()
                .Any(static data => data is { Key: "IsAotCompatible", Value: "True" })
            where says == (House.Name(assembly) == Except)
            select House.Name(assembly)
        );
}
