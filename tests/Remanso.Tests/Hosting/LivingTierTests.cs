using System.Reflection;
using Remanso.Hosting;
using Remanso.Stores;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Hosting;

public sealed class LivingTierTests
{
    [Theory]
    [InlineData(typeof(LivingTier), typeof(ICacheTier))]
    [InlineData(typeof(LivingStore), typeof(IBackingStore<string, ReadOnlyMemory<byte>>))]
    public void Every_member_is_passed_on_those_with_a_default_too(Type living, Type contract)
    {
        var map = living.GetInterfaceMap(contract);
        Assert.All(map.TargetMethods, method => Assert.Equal(living, method.DeclaringType));
        Assert.NotEmpty(contract.GetMethods(BindingFlags.Instance | BindingFlags.Public));
    }
}
