using Microsoft.Extensions.Configuration;
using Remanso.AspNetCore.Security;
using Remanso.Server.Configuration;

namespace Remanso.Server.Tests.Configuration;

public sealed class SecuritySettingsTests
{
    [Theory]
    [InlineData("http://localhost:8000")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("https://[::1]:8443")]
    [InlineData("http://unix:/run/remanso.sock")]
    public void Loopback_addresses_and_unix_sockets_need_no_keys(string address) => Assert.Null(Read([address]).KeyFile);

    [Theory]
    [InlineData("http://0.0.0.0:8000")]
    [InlineData("http://+:8000")]
    [InlineData("http://*:8000")]
    [InlineData("http://[::]:8000")]
    [InlineData("http://192.168.1.7:8000")]
    [InlineData("http://cache.example.com:8000")]
    public void Another_address_without_keys_is_refused_with_the_ways_out(string address)
    {
        var message = Assert.Throws<SettingException>(() => Read(["http://localhost:8000", address])).Message;

        Assert.Contains(address, message, StringComparison.Ordinal);
        foreach (var way in new[] { "keys create", "Remanso:Security:Jwt", "localhost", "--allow-anonymous" })
        {
            Assert.Contains(way, message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain('\n', message);
        Assert.True(Read([address], ("AllowAnonymous", "true")).AllowAnonymous);
        Assert.NotNull(Read([address], ("Jwt:Authority", "https://login.example.com"), ("Jwt:Audience", "remanso")).Tokens);
    }

    [Theory]
    [InlineData("KeyFile", "/nowhere/keys.json", "Remanso:Security:KeyFile: there is no file /nowhere/keys.json; 'remanso keys create")]
    [InlineData("AllowAnonymous", "perhaps", "Remanso:Security:AllowAnonymous must be true or false, but is perhaps")]
    [InlineData("RequestsPerSecond", "0", "Remanso:Security:RequestsPerSecond must be 1 to 1000000, but is 0")]
    [InlineData("MaxRequests", "many", "Remanso:Security:MaxRequests must be 1 to 1000000, but is many")]
    [InlineData("MaxConnections", "-1", "Remanso:Security:MaxConnections must be 1 to 1000000, but is -1")]
    [InlineData("Jwt:Authority", "https://login.example.com", "Remanso:Security:Jwt:Audience is missing")]
    [InlineData("Jwt:Audience", "remanso", "Remanso:Security:Jwt:Authority is missing")]
    [InlineData("Jwt:Key", "x", "Remanso:Security:Jwt:Key is not a known setting; there are Audience, Authority, RequireHttps, ScopeClaim")]
    [InlineData("Key", "x", "Remanso:Security:Key is not a known setting")]
    public void What_is_wrong_is_named(string name, string value, string expected) =>
        Assert.StartsWith(
            expected,
            Assert.Throws<SettingException>(() => Read(["http://localhost:8000"], (name, value))).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("http://0.0.0.0:8000", "http://0.0.0.0:8000")]
    [InlineData("http://0.0.0.0:8000", "https://0.0.0.0:8443", "http://0.0.0.0:8000")]
    [InlineData("http://localhost:8000", "http://localhost:8000")]
    [InlineData(null, "https://0.0.0.0:8443")]
    [InlineData(null, "https://0.0.0.0:8443", "http://localhost:8000", "http://unix:/run/remanso.sock")]
    public void Certificates_of_clients_are_trusted_only_where_they_are_asked_for(string? refused, params string[] addresses)
    {
        SecuritySettings ReadAll() => Read(addresses, ("AllowAnonymous", "true"), ("ClientAuthority", "/etc/clients.pem"));

        if (refused is null)
        {
            Assert.Equal("/etc/clients.pem", ReadAll().ClientAuthority);
            return;
        }

        Assert.StartsWith(
            $"Remanso:Security:ClientAuthority: nobody is asked for a certificate at {refused}",
            Assert.Throws<SettingException>(ReadAll).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Anonymous_access_excludes_keys() =>
        Assert.Contains(
            "exclude each other",
            Assert
                .Throws<SettingException>(() =>
                    Read(["http://localhost:8000"], ("AllowAnonymous", "true"), ("Jwt:Authority", "https://a"), ("Jwt:Audience", "b"))
                )
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Hosts_are_a_text_or_a_list_and_what_is_listened_on_by_name_is_among_them()
    {
        Assert.Equal(["a.example", "*.b.example", "localhost"], Read(["http://localhost:8000"], ("Hosts", "a.example; *.b.example")).Hosts);
        Assert.Equal(
            ["a.example", "b.example", "cache.internal"],
            Read(
                ["http://+:80", "http://127.0.0.1:80", "http://cache.internal:80"],
                ("Hosts:0", "a.example"),
                ("Hosts:1", "b.example"),
                ("AllowAnonymous", "true")
            ).Hosts
        );
    }

    [Fact]
    public void The_settings_reach_the_guards()
    {
        var options = new RemansoSecurityOptions();

        Read(["http://+:80"], ("AllowAnonymous", "true"), ("Hosts", "a"), ("RequestsPerSecond", "5"), ("MaxRequests", "6")).Apply(options);

        Assert.True(options.AllowAnonymous);
        Assert.Equal(["a"], options.Hosts);
        Assert.Equal((5, 6), (options.RequestsPerSecond, options.MaxRequests));
    }

    private static SecuritySettings Read(string[] addresses, params (string Name, string Value)[] settings) =>
        SecuritySettings.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    settings.Select(static setting =>
                        KeyValuePair.Create(SecuritySettings.Name + ":" + setting.Name, (string?)setting.Value)
                    )
                )
                .Build(),
            addresses
        );
}
