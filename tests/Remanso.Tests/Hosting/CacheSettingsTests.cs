using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Hosting;
using Xunit;

namespace Remanso.Tests.Hosting;

public sealed class CacheSettingsTests
{
    [Fact]
    public void What_is_configured_goes_before_what_the_code_says_and_the_rest_stays()
    {
        var users = Build(
            ("Remanso:Caches:users:Ttl:Base", "10m"),
            ("Remanso:Caches:users:WriteMode", "behind"),
            ("Remanso:Caches:USERS:MaxTags", "3")
        )("users");
        Assert.Equal(TimeSpan.FromMinutes(10), users.Ttl.Base);
        Assert.Equal(0.5, users.Ttl.Jitter);
        Assert.Equal(3, users.MaxTags);
    }

    [Fact]
    public void One_object_given_to_several_caches_is_nobodys_and_stays_as_it_is()
    {
        var preset = new CacheOptions();

        var options = Build(
            remanso =>
                remanso
                    .AddCache<string, string>("a", cache => cache.Options = preset)
                    .AddCache<string, string>("b", cache => cache.Options = preset)
                    .AsHybridCache(hybrid => hybrid.Cache = preset),
            ("Remanso:Caches:b:Ttl:Base", "10m"),
            ("Remanso:Caches:b:Load:MaxBatch", "7"),
            ("Remanso:Caches:b:Flush:BatchSize", "7"),
            ("Remanso:Caches:b:Purge:BatchSize", "7"),
            ("Remanso:Caches:b:Tier:Partitions", "7"),
            ("Remanso:Caches:b:Near:MaxEntries", "7"),
            ("Remanso:Caches:b:MaxTags", "7"),
            ("Remanso:Caches:b:MaxValueBytes", "7")
        );

        Assert.Equal((TimeSpan.FromMinutes(10), 7, 7, 7, 7, 7, 7, 7), Of(options("b")));
        Assert.Equal(Of(new CacheOptions()), Of(options("a")));
        Assert.Equal(Of(new CacheOptions()), Of(preset));
        Assert.Null(preset.Tier.StoreIdentity);
        Assert.False(preset.AnyNumberOfTags);

        static (TimeSpan, int, int, int, int, int, int, int) Of(CacheOptions it) =>
            (
                it.Ttl.Base,
                it.Load.MaxBatch,
                it.Flush.BatchSize,
                it.Purge.BatchSize,
                it.Tier.Partitions,
                it.Near.MaxEntries,
                it.MaxTags,
                it.MaxValueBytes
            );
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
        var options = Build(
            static remanso => remanso.AsDistributedCache(static options => options.Name = "sessions"),
            ("Remanso:Caches:sessions:Tier:MaxBytes", "67108864")
        );
        Assert.Equal(64 << 20, options("sessions").Tier.MaxBytes);
    }

    [Theory]
    [InlineData("Remanso:Cache:users:Ttl:Base", "Remanso:Cache:users")]
    [InlineData("Remanso:USERS:Near:Enabled", "Remanso:USERS")]
    [InlineData("Caches:users:Durability", "Caches:users")]
    public void Settings_of_caches_where_nobody_reads_them_are_refused(string setting, string expected)
    {
        var error = Assert.Throws<CacheConfigurationException>(() => Build((setting, "Stored")));

        Assert.StartsWith(
            $"{expected} has settings of a cache that nobody reads; they belong under Remanso:Caches:users".ToUpperInvariant(),
            error.Message.ToUpperInvariant(),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("Remanso", "Remanso:Caches:users:Ttl:Base", "the section Remanso,")]
    [InlineData("remanso", "Other:Setting", "the section remanso,")]
    [InlineData("Remanso:Caches", "Remanso:Caches:users:Ttl:Base", "the section Remanso:Caches,")]
    [InlineData("Shop", "Shop:Caches:users:Ttl:Base", "Shop:Caches:users has settings of a cache")]
    [InlineData("Shop", "Shop:users:Ttl:Base", "Shop:users has settings of a cache")]
    public void A_section_in_the_place_of_the_configuration_is_refused(string section, string setting, string expected)
    {
        var configuration = Of((setting, "10m"));

        var error = Assert.Throws<CacheConfigurationException>(() => Build(configuration.GetSection(section), static _ => { }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_section_that_has_the_settings_where_the_whole_has_them_is_taken()
    {
        var shop = Of(("Shop:Remanso:Caches:users:Ttl:Base", "10m"), ("Shop:Other", "1")).GetSection("Shop");

        Assert.Equal(TimeSpan.FromMinutes(10), Build(shop, static _ => { })("users").Ttl.Base);
        Assert.Equal(TimeSpan.FromMinutes(1), Build(Of(("Shop:Other", "1")).GetSection("Shop"), static _ => { })("users").Ttl.Base);
    }

    [Fact]
    public void Sections_that_are_no_caches_are_the_applications_own() =>
        Assert.NotNull(
            Build(
                ("Remanso:Role", "all"),
                ("Remanso:Shop:users:Colour", "red"),
                ("users:Name", "x"),
                ("ConnectionStrings:Tier", "memory:")
            )("users")
        );

    private static Func<string, CacheOptions> Build(params (string Setting, string Value)[] settings) => Build(static _ => { }, settings);

    private static Func<string, CacheOptions> Build(Action<RemansoBuilder> configure, params (string Setting, string Value)[] settings) =>
        Build(Of(settings), configure);

    private static IConfigurationRoot Of(params (string Setting, string Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create<string, string?>(setting.Setting, setting.Value)))
            .Build();

    private static Func<string, CacheOptions> Build(IConfiguration configuration, Action<RemansoBuilder> configure)
    {
        var services = new ServiceCollection();
        var remanso = services
            .AddRemanso(configuration)
            .WithoutStore()
            .AddCache<string, string>("users", cache =>
            {
                cache.Options.Ttl.Base = TimeSpan.FromMinutes(1);
                cache.Options.Ttl.Jitter = 0.5;
            });
        configure(remanso);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<CacheRegistry>().GetOptions;
    }
}
