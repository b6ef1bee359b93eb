using System.Reflection;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Stores;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Architecture.Tests.Conformance;

/// <summary>
/// Every implementation of a contract runs against every suite of that contract: a suite is an abstract class of
/// Remanso.Conformance that declares tests, and an implementation is covered by a concrete subclass that constructs it.
/// </summary>
public sealed class ConformanceTests
{
    private const string Suites = "Remanso.Conformance";

    private static readonly Type[] _tests =
    [
        .. House.Tests.Where(static assembly => House.Name(assembly) != Suites).SelectMany(static assembly => assembly.GetTypes()),
    ];

    [Fact]
    public void Every_tier_passes_every_suite_of_tiers() => MustBeComplete("Tiers", typeof(ICacheTier));

    [Fact]
    public void Every_store_passes_every_suite_of_stores() => MustBeComplete("Stores", typeof(IStoreProvider));

    [Fact]
    public void Every_sql_dialect_passes_every_suite_of_stores() => MustBeComplete("Stores", typeof(ISqlDialect));

    [Fact]
    public void Every_dialect_of_mapped_tables_passes_every_suite_of_tables() => MustBeComplete("Tables", typeof(ITableDialect));

    private static void MustBeComplete(string contract, Type implemented)
    {
        var implementations = House
            .Product.SelectMany(static assembly => assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(implemented))
            .ToArray();
        var suites = Assembly
            .Load(Suites)
            .GetTypes()
            .Where(type => type.IsAbstract && type.Namespace == $"{Suites}.{contract}" && TestMethods.Of(type).Any())
            .ToArray();

        Offenders.MustBeNone(
            $"Derive from these suites of {Suites}.{contract}:",
            Completeness.Missing(implementations, suites, _tests, IsHelper)
        );
    }

    private static bool IsHelper(Type type) =>
        (type.Assembly != typeof(ConformanceTests).Assembly && _tests.Contains(type))
        || (
            House.Product.Contains(type.Assembly)
            && (type.IsAssignableTo(typeof(ITierProvider)) || type.IsAssignableTo(typeof(IStoreProvider)))
        );
}
