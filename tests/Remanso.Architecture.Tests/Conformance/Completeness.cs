namespace Remanso.Architecture.Tests.Conformance;

/// <summary>Pairs implementations of a contract with the suites that hold them to it.</summary>
internal static class Completeness
{
    /// <summary>The pairs that are missing, in words.</summary>
    /// <param name="implementations">The implementations of a contract.</param>
    /// <param name="suites">The abstract suites of that contract.</param>
    /// <param name="tests">Where to look for concrete subclasses of the suites.</param>
    /// <param name="isHelper">Whether what a type constructs counts as constructed by the test that uses it.</param>
    public static IEnumerable<string> Missing(
        IReadOnlyCollection<Type> implementations,
        IReadOnlyCollection<Type> suites,
        IReadOnlyCollection<Type> tests,
        Func<Type, bool> isHelper
    )
    {
        if (suites.Count == 0)
        {
            return implementations.Select(static implementation => $"{implementation.FullName}: there is no suite for it");
        }

        return suites.SelectMany(suite =>
        {
            var covered = tests
                .Where(test => !test.IsAbstract && DerivesFrom(test, suite))
                .SelectMany(test => Construction.By(test, isHelper))
                .ToHashSet();
            return implementations
                .Where(implementation => !covered.Contains(implementation))
                .Select(implementation => $"{implementation.FullName}: no subclass of {suite.Name} constructs it");
        });
    }

    private static bool DerivesFrom(Type type, Type suite)
    {
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (ancestor == suite || (ancestor.IsGenericType && ancestor.GetGenericTypeDefinition() == suite))
            {
                return true;
            }
        }

        return false;
    }
}
