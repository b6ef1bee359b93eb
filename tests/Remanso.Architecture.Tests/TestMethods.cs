using System.Reflection;
using Xunit.v3;

namespace Remanso.Architecture.Tests;

/// <summary>Finds tests by the attribute that makes a method one.</summary>
internal static class TestMethods
{
    /// <summary>The tests that a type itself declares.</summary>
    public static IEnumerable<MethodInfo> Of(Type type) =>
        from method in type.GetMethods(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly
        )
        where method.GetCustomAttributes().Any(static attribute => attribute is IFactAttribute)
        select method;
}
