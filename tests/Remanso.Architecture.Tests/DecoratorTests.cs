using Remanso.Stores;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>Decorators pass on every member of their contract. The compiler does not miss those that have a default.</summary>
public sealed class DecoratorTests
{
    [Theory]
    [InlineData("Remanso.Hosting.LivingTier", typeof(ICacheTier))]
    [InlineData("Remanso.Hosting.LivingStore", typeof(IBackingStore<string, ReadOnlyMemory<byte>>))]
    [InlineData("Remanso.Hosting.ApartStore", typeof(IBackingStore<string, ReadOnlyMemory<byte>>))]
    public void Every_member_is_passed_on(string decorator, Type contract)
    {
        var type = typeof(ICacheTier).Assembly.GetType(decorator, throwOnError: true)!;
        Offenders.MustBeNone(
            $"{decorator} does not pass on:",
            type.GetInterfaceMap(contract).TargetMethods.Where(method => method.DeclaringType != type).Select(static method => method.Name)
        );
    }
}
