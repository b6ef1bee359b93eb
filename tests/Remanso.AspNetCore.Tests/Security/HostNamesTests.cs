using System.Net;
using Microsoft.AspNetCore.Http;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Guards;

namespace Remanso.AspNetCore.Tests.Security;

/// <summary>One judge for all requests of a process: what it says of one host must say nothing of the next.</summary>
public sealed class HostNamesTests
{
    [Fact]
    public void Each_request_is_judged_by_its_own_host_and_address()
    {
        var hosts = new HostNames(["cache.example.com"]);
        for (var round = 0; round < 2; round++)
        {
            Assert.True(Serves(hosts, "cache.example.com:8000", "10.0.0.1"));
            Assert.False(Serves(hosts, "evil.example:8000", "10.0.0.1"));
            Assert.True(Serves(hosts, "10.0.0.1", "10.0.0.1"));
            Assert.False(Serves(hosts, "10.0.0.1", "10.0.0.2"));
            Assert.True(Serves(hosts, "127.0.0.1:8000", "10.0.0.2"));
        }
    }

    [Theory]
    [InlineData("cache.example.com", true)]
    [InlineData("*.svc.cluster.local", true)]
    [InlineData("*", true)]
    [InlineData("10.0.0.7", true)]
    [InlineData("http://cache.example.com", false)]
    [InlineData("cache.example.com:8000", false)]
    [InlineData("cache.*", false)]
    [InlineData("", false)]
    public void A_name_that_no_request_can_have_stops_the_start(string name, bool isOne)
    {
        var options = new RemansoSecurityOptions { Hosts = { name } };
        var error = Record.Exception(options.Validate);

        Assert.Equal(isOne ? null : typeof(CacheConfigurationException), error?.GetType());
        Assert.Equal(!isOne, error?.Message.Contains($"'{name}'", StringComparison.Ordinal) ?? false);
    }

    private static bool Serves(HostNames hosts, string host, string arrivedAt)
    {
        var context = new DefaultHttpContext();
        context.Request.Host = new HostString(host);
        context.Connection.LocalIpAddress = IPAddress.Parse(arrivedAt);
        return hosts.Serves(context);
    }
}
