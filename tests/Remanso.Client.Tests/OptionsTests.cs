using Microsoft.Extensions.DependencyInjection;
using Remanso.Client.Tests.Support;

namespace Remanso.Client.Tests;

public sealed class OptionsTests
{
    public static TheoryData<string, Action<RemansoClientOptions>> Wrong =>
        new()
        {
            { "BaseAddress", static options => options.BaseAddress = null },
            { "BaseAddress", static options => options.BaseAddress = new Uri("/cache", UriKind.Relative) },
            { "BaseAddress", static options => options.BaseAddress = new Uri("redis://localhost") },
            { "BaseAddress", static options => options.BaseAddress = new Uri("http://localhost/?x=1") },
            { "BaseAddress", static options => options.BaseAddress = new Uri("http://me:secret@localhost/") },
            { "ApiKey", static options => options.ApiKey = "" },
            { "ApiKey", static options => options.ApiKey = "secret key" },
            { "ApiKey", static options => options.ApiKey = "secret\r\nHost: other" },
            { "KeyProvider", static options => (options.ApiKey, options.KeyProvider) = ("secret", static _ => new("secret")) },
            { "Timeout", static options => options.Timeout = TimeSpan.Zero },
            { "MaxRetries", static options => options.MaxRetries = 11 },
            { "MaxRetryDelay", static options => options.MaxRetryDelay = TimeSpan.FromSeconds(-1) },
            { "MaxWatchSilence", static options => options.MaxWatchSilence = TimeSpan.FromSeconds(10) },
            { "MaxReconnectDelay", static options => options.MaxReconnectDelay = TimeSpan.Zero },
            { "TimeProvider", static options => options.TimeProvider = null! },
        };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_wrong_option_is_named_and_its_secret_is_not_told(string named, Action<RemansoClientOptions> change)
    {
        var options = new RemansoClientOptions { BaseAddress = new Uri("http://localhost:8000") };
        change(options);

        var refused = Assert.Throws<ArgumentException>(() => new RemansoClient(options));

        Assert.Contains("RemansoClientOptions." + named, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_on_a_connection_of_the_callers_takes_its_address_and_leaves_it_open()
    {
        await using var api = await ApiHost.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(api.Address + "/") };
        using (var client = new RemansoClient(http))
        {
            await client.Cache().SetTextAsync("k", "v");
        }

        Assert.Equal("v", await http.GetStringAsync("v1/caches/default/entries/k", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_key_that_is_no_key_is_told_by_its_option()
    {
        using var client = new RemansoClient(
            new RemansoClientOptions
            {
                BaseAddress = new Uri("http://localhost:8000"),
                KeyProvider = static _ => new("secret\r\nHost: other"),
            }
        );

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => client.Cache().GetAsync("k"));

        Assert.Contains("RemansoClientOptions.KeyProvider", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_has_one_client_in_its_services()
    {
        await using var api = await ApiHost.StartAsync();
        var handled = 0;
        ServiceCollection services = [];
        services.AddRemansoClient(options => options.BaseAddress = api.Address).AddHttpMessageHandler(() => new Counted(() => handled++));
        await using var provider = services.BuildServiceProvider();

        var client = provider.GetRequiredService<RemansoClient>();
        await client.Cache().SetTextAsync("k", "v");

        Assert.Same(client, provider.GetRequiredService<RemansoClient>());
        Assert.Equal("v", (await api.Cache.GetAsync("k")).GetText());
        Assert.Equal(1, handled);
    }

    private sealed class Counted(Action count) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            count();
            return base.SendAsync(request, cancellationToken);
        }
    }
}
