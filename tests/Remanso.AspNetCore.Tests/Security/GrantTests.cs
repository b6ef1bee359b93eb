using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class GrantTests
{
    [Theory]
    [InlineData("orders", "orders", true)]
    [InlineData("orders", "Orders", false)]
    [InlineData("orders", "orders2", false)]
    [InlineData("orders", "order", false)]
    [InlineData("*", "anything", true)]
    [InlineData("shop-*", "shop-eu", true)]
    [InlineData("shop-*", "shop-", true)]
    [InlineData("shop-*", "shop", false)]
    [InlineData("*-eu", "shop-eu", true)]
    [InlineData("*-eu", "shop-eu-2", false)]
    [InlineData("a*b*c", "a1b2b3c", true)]
    [InlineData("a*b*c", "a1b2b3", false)]
    [InlineData("**", "x", true)]
    public void A_pattern_stands_for_the_names_that_it_should(string pattern, string name, bool matches)
    {
        var access = Of(new RemansoGrant(RemansoScopes.Read, [pattern]));

        Assert.Equal(matches, access.Allows(RemansoScopes.Read, name));
        Assert.Equal(matches, access.Allows(RemansoScopes.Read, name, "k"));
    }

    [Fact]
    public void A_pattern_of_many_stars_is_decided_at_once() =>
        Assert.False(
            Of(new RemansoGrant(RemansoScopes.Read, [string.Concat(Enumerable.Repeat("*a", 31)) + "b"]))
                .Allows(RemansoScopes.Read, new string('a', 64))
        );

    [Theory]
    [InlineData(RemansoScopes.Read)]
    [InlineData(RemansoScopes.Write)]
    [InlineData(RemansoScopes.Operate)]
    [InlineData(RemansoScopes.Observe)]
    public void A_scope_includes_no_other(RemansoScopes granted)
    {
        var access = Of(new RemansoGrant(granted, ["*"]));

        foreach (var asked in new[] { RemansoScopes.Read, RemansoScopes.Write, RemansoScopes.Operate, RemansoScopes.Observe })
        {
            Assert.Equal(asked == granted, access.Allows(asked));
            Assert.Equal(asked == granted, access.Allows(asked, "default"));
            Assert.Equal(asked == granted, access.Allows(asked, "default", "k"));
            Assert.Equal(asked == granted, access.AllowsEveryKey(asked, "default"));
            Assert.Equal(asked == granted, access.AllowsEveryCache(asked));
        }
    }

    [Theory]
    [InlineData("user:42", true)]
    [InlineData("user:", true)]
    [InlineData("user", false)]
    [InlineData("User:42", false)]
    [InlineData("order:user:42", false)]
    public void A_prefix_is_compared_with_the_start_of_the_key(string key, bool allowed) =>
        Assert.Equal(allowed, Of(new RemansoGrant(RemansoScopes.Read, ["*"], "user:")).Allows(RemansoScopes.Read, "default", key));

    [Fact]
    public void A_prefix_grants_neither_all_keys_nor_all_caches()
    {
        var access = Of(new RemansoGrant(RemansoScopes.Operate, ["*"], "user:"));

        Assert.True(access.Allows(RemansoScopes.Operate, "default"));
        Assert.False(access.AllowsEveryKey(RemansoScopes.Operate, "default"));
        Assert.False(access.AllowsEveryCache(RemansoScopes.Operate));
    }

    [Fact]
    public void One_grant_must_cover_the_whole_request()
    {
        var access = Of(new RemansoGrant(RemansoScopes.Read, ["orders"]), new RemansoGrant(RemansoScopes.Write, ["users"], "a:"));

        Assert.False(access.Allows(RemansoScopes.Write, "orders"));
        Assert.False(access.Allows(RemansoScopes.Read, "users", "a:1"));
        Assert.False(access.Allows(RemansoScopes.Read | RemansoScopes.Write, "users", "a:1"));
        Assert.True(access.Allows(RemansoScopes.Write, "users", "a:1"));
    }

    [Fact]
    public void A_grant_without_scope_or_cache_or_with_an_impossible_name_is_refused()
    {
        Assert.Throws<CacheConfigurationException>(() => new RemansoGrant(RemansoScopes.None, ["*"]));
        Assert.Throws<CacheConfigurationException>(() => new RemansoGrant((RemansoScopes)16, ["*"]));
        Assert.Throws<CacheConfigurationException>(() => new RemansoGrant(RemansoScopes.Read, []));
        Assert.Throws<CacheConfigurationException>(() => new RemansoGrant(RemansoScopes.Read, ["a/b"]));
        Assert.Throws<CacheConfigurationException>(() => new RemansoGrant(RemansoScopes.Read, ["*"], string.Empty));
    }

    [Fact]
    public void Nothing_allows_nothing_and_everything_everything()
    {
        Assert.False(RemansoAccess.Nothing.Allows(RemansoScopes.Read));
        Assert.False(RemansoAccess.Nothing.AllowsEveryCache(RemansoScopes.Observe));
        Assert.True(RemansoAccess.Everything.Allows(RemansoScopes.Write, "x", "y"));
        Assert.True(RemansoAccess.Everything.AllowsEveryKey(RemansoScopes.Operate, "x"));
        Assert.True(RemansoAccess.Everything.AllowsEveryCache(RemansoScopes.Observe));
    }

    private static RemansoAccess Of(params RemansoGrant[] grants) => new("key", grants);
}
