using System.Security.Authentication;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

public sealed class RedisTlsTests(RedisTlsServer server) : IClassFixture<RedisTlsServer>
{
    [Fact]
    public async Task A_user_comes_in_over_TLS_with_a_client_certificate()
    {
        await using var client = await TestClient.ConnectAsync(server.Address, Trust);
        Assert.True(await client.DoAsync("SET", "k", "v"));
        Assert.Equal(RedisTlsServer.User, await client.TextAsync("ACL", "WHOAMI"));
        var large = new byte[1_000_000];
        new Random(1).NextBytes(large);
        await client.DoAsync("SET", "large", large);
        Assert.Equal(large, await client.ExecuteAsync(RedisRoute.FirstKey, Replies.Bytes, default, "GET", "large"));
    }

    [Fact]
    public async Task A_server_of_another_name_is_refused()
    {
        await using var client = TestClient.Create(server.Address, options =>
        {
            Trust(options);
            options.Tls!.HostName = "other.test";
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(5);
        });
        var error = await Assert.ThrowsAnyAsync<RedisException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));
        Assert.IsType<AuthenticationException>(error.InnerException);
    }

    [Fact]
    public async Task A_server_of_an_unknown_authority_is_refused()
    {
        await using var client = TestClient.Create(server.Address, options =>
        {
            Trust(options);
            options.Tls!.CertificateAuthorityFile = null;
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(5);
        });
        var error = await Assert.ThrowsAnyAsync<RedisException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));
        Assert.IsType<AuthenticationException>(error.InnerException);
    }

    private void Trust(RedisOptions options)
    {
        options.Tls!.CertificateAuthorityFile = server.AuthorityFile;
        options.Tls.HostName = RedisTlsServer.HostName;
        options.Tls.ClientCertificate = server.ClientCertificate;
    }
}
