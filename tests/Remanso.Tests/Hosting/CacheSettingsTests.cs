using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Remanso.Tests.Hosting;

public sealed class CacheSettingsTests
{
    private CacheOptions? _users;

    [Fact]
    public void What_is_configured_goes_before_what_the_code_says_and_the_rest_stays()
    {
        Build(
            ("Remanso:Caches:users:Ttl:Base", "10m"),
            ("Remanso:Caches:users:WriteMode", "behind"),
            ("Remanso:Caches:USERS:MaxTags", "3")
        );
        Assert.Equal(TimeSpan.FromMinutes(10), _users!.Ttl.Base);
        Assert.Equal(0.5, _users.Ttl.Jitter);
        Assert.Equal(3, _users.MaxTags);
    }

    [Theory]
    [InlineData("Remanso:Caches:users:Ttl:Bsae", "10m")]
    [InlineData("Remanso:Caches:users:Ttl:Base", "soon")]
    [InlineData("Remanso:Caches:users:Ttl:Base", "0s")]
    [InlineData("Remanso:Caches:users:Ttl:Jitter", "1")]
    [InlineData("Remanso:Caches:users:Ttl:Jitter", "-0.1")]
    [InlineData("Remanso:Caches:users:Ttl:Jitter", "NaN")]
    [InlineData("Remanso:Caches:users:Load:EarlyRefreshBeta", "101")]
    [InlineData("Remanso:Caches:users:Load:RefreshAt", "1")]
    [InlineData("Remanso:Caches:users:Tier:Partitions", "0")]
    [InlineData("Remanso:Caches:users:Tier:ResumeAt", "0")]
    [InlineData("Remanso:Caches:users:Near:Enabled", "maybe")]
    [InlineData("Remanso:Caches:usres:Ttl:Base", "10m")]
    public void What_can_not_be_meant_is_refused_by_its_name(string setting, string value)
    {
        var error = Assert.Throws<CacheConfigurationException>(() => Build((setting, value)));
        Assert.Contains(setting.Split(":Ttl:Base")[0], error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Caches_behind_the_platforms_contracts_are_configured_by_their_names()
    {
        CacheOptions? sessions = null;
        Build(
            remanso =>
                remanso.AsDistributedCache(options =>
                {
                    options.Name = "sessions";
                    sessions = options.Cache;
                }),
            ("Remanso:Caches:sessions:Tier:MaxBytes", "67108864")
        );
        Assert.Equal(64 << 20, sessions!.Tier.MaxBytes);
    }

    [Fact]
    public void Sections_that_are_no_caches_are_the_applications_own()
    {
        Build(("Remanso:Role", "all"), ("ConnectionStrings:Tier", "memory:"));
        Assert.NotNull(_users);
    }

    private void Build(params (string Setting, string Value)[] settings) => Build(static _ => { }, settings);

    private void Build(Action<RemansoBuilder> configure, params (string Setting, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create<string, string?>(setting.Setting, setting.Value)))
            .Build();
        var services = new ServiceCollection();
        var remanso = services
            .AddRemanso(configuration)
            .WithoutStore()
            .AddCache<string, string>("users", cache =>
            {
                cache.Options.Ttl.Base = TimeSpan.FromMinutes(1);
                cache.Options.Ttl.Jitter = 0.5;
                _users = cache.Options;
            });
        configure(remanso);
        using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<ICacheRegistry>();
    }
}
