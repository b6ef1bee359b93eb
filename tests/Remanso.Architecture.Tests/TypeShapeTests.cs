using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>What the types of the solution look like, whatever they do.</summary>
public sealed partial class TypeShapeTests
{
    private static readonly Type[] _classes =
    [
        .. House.Assemblies
            .SelectMany(static assembly => assembly.GetTypes())
            .Where(static type => type.IsClass && type.Namespace is not null && !IsGenerated(type)),
    ];

    [Fact]
    public void A_class_that_nobody_derives_from_is_sealed()
    {
        var bases = _classes.Select(static type => type.BaseType).OfType<Type>().Select(Definition).ToHashSet();

        Offenders.MustBeNone(
            "Composition over inheritance: seal what is not made to be derived from.",
            from type in _classes
            where type is { IsSealed: false, IsAbstract: false } && !bases.Contains(type)
            select $"{House.Name(type.Assembly)}: {type.FullName}");
    }

    [Fact]
    public void Test_names_are_sentences() =>
        Offenders.MustBeNone(
            "The name of a test says what is true, in words (A_write_during_its_own_flush_stays_dirty):",
            from type in _classes
            from method in TestMethods.Of(type)
            where !SentencePattern.IsMatch(method.Name)
            select $"{type.FullName}.{method.Name}");

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    private static bool IsGenerated(Type type)
    {
        for (var outer = type; outer is not null; outer = outer.DeclaringType)
        {
            if (outer.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) || outer.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute), inherit: false))
                return true;
        }

        return false;
    }

    [GeneratedRegex(@"^[A-Z]\w*?(_\w+){2,}$", RegexOptions.ExplicitCapture)]
    private static partial Regex SentencePattern { get; }
}
