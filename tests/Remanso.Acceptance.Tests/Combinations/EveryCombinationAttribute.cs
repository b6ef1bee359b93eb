using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Remanso.Acceptance.Tests.Combinations;

/// <summary>Runs a behaviour on every tier in front of every store.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryCombinationAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([
            .. from tier in Enum.GetValues<TierKind>()
            from store in Enum.GetValues<StoreKind>()
            select new TheoryDataRow<TierKind, StoreKind>(tier, store),
        ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
