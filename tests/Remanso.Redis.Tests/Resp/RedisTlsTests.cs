using System.Collections.Concurrent;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Remanso.Redis.Resp;
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
        Assert.Equal(
            large,
            await client.ExecuteAsync(RedisRoute.FirstKey, static (ref reply) => reply.ReadByteArray(), default, "GET", "large")
        );
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
        Assert.IsType<AuthenticationException>(error.InnerException!.InnerException);
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
        Assert.IsType<AuthenticationException>(error.InnerException!.InnerException);
    }

    [Theory]
    [InlineData(true, "does it take our client certificate (ClientCertificateFile)")]
    [InlineData(false, "does it ask for a client certificate (ClientCertificateFile)")]
    public async Task A_client_certificate_that_the_server_refuses_or_misses_is_told_as_that(bool shows, string expected)
    {
        var stranger = await server.WriteClientAsync("nobody");
        await using var client = TestClient.Create(server.Address, options =>
        {
            Trust(options);
            options.Tls!.ClientCertificate = null;
            (options.Tls.ClientCertificateFile, options.Tls.ClientKeyFile) = shows ? (stranger.Certificate, stranger.Key) : (null, null);
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(5);
        });

        var error = await Assert.ThrowsAnyAsync<RedisException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("client certificate", error.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("want TLS", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_in_files_may_be_exchanged_for_one_of_another_authority()
    {
        var (first, second) = (await server.WriteClientAsync("first"), await server.WriteClientAsync("second"));
        await using var own = new RedisTlsServer();
        await own.InitializeAsync();
        await using var admin = await TestClient.ConnectAsync(own.Address, options => Trust(options, own));
        await admin.DoAsync("CONFIG", "SET", "tls-ca-cert-file", first.Authority);
        await using var client = await TestClient.ConnectAsync(own.Address, options =>
        {
            Trust(options, own);
            options.Tls!.ClientCertificate = null;
            options.Tls.ClientCertificateFile = first.Certificate;
            options.Tls.ClientKeyFile = first.Key;
        });
        Assert.True(await client.DoAsync("SET", "k", "v"));

        // The key comes after the certificate, and in between somebody connects.
        File.Copy(second.Certificate, first.Certificate, overwrite: true);
        await DropAsync(client, admin);
        await Until.TrueAsync(async () => await client.TextAsync("GET", "k") == "v", "the old pair serves while the new one is half there");
        File.Copy(second.Key, first.Key, overwrite: true);
        await admin.DoAsync("CONFIG", "SET", "tls-ca-cert-file", second.Authority);
        await DropAsync(client, admin);
        Assert.Equal("v", await client.TextAsync("GET", "k"));
    }

    [Fact]
    public async Task What_is_wrong_with_files_is_told_with_the_setting()
    {
        var (one, other) = (await server.WriteClientAsync("one"), await server.WriteClientAsync("other"));
        var bad = Path.Combine(server.Process.Directory, "bad.pem");
        await File.WriteAllTextAsync(bad, "no certificate", TestContext.Current.CancellationToken);

        Assert.Equal("CertificateAuthorityFile", Refused(new() { CertificateAuthorityFile = bad }));
        Assert.Equal("CertificateAuthorityFile", Refused(new() { CertificateAuthorityFile = "/nowhere" }));
        Assert.Equal("ClientCertificateFile", Refused(new() { ClientCertificateFile = "/nowhere" }));
        Assert.Equal("ClientCertificateFile", Refused(new() { ClientCertificateFile = bad }));
        Assert.Equal("ClientCertificateFile", Refused(new() { ClientCertificateFile = one.Certificate }));
        Assert.Equal("ClientKeyFile", Refused(new() { ClientCertificateFile = one.Certificate, ClientKeyFile = "/nowhere" }));
        Assert.Equal("ClientKeyFile", Refused(new() { ClientCertificateFile = one.Certificate, ClientKeyFile = other.Key }));
        Assert.Equal("ClientKeyFile", Refused(new() { ClientKeyFile = one.Key }));
        Assert.Equal("ClientKeyPassword", Refused(new() { ClientKeyPassword = "s3cret" }));
    }

    [Fact]
    public async Task What_is_wrong_with_PKCS_12_and_encrypted_keys_is_told_with_the_setting()
    {
        var one = await server.WriteClientAsync("packed");
        var (pfx, encrypted) = (await PackAsync(one, "s3cret"), await EncryptAsync(one, "s3cret"));
        using var bare = X509CertificateLoader.LoadCertificateFromFile(one.Certificate);
        var keyless = Path.Combine(server.Process.Directory, "keyless.pfx");
        await File.WriteAllBytesAsync(keyless, bare.Export(X509ContentType.Pkcs12), TestContext.Current.CancellationToken);

        Assert.Equal("ClientCertificateFile", Refused(new() { ClientCertificateFile = keyless }));
        Assert.Equal("ClientCertificate", Refused(new() { ClientCertificate = bare }));
        Assert.Equal("ClientCertificateFile", Refused(new() { ClientCertificateFile = pfx, ClientKeyPassword = "other" }));
        Assert.Equal("ClientCertificateFile", Refused(new() { ClientCertificateFile = pfx, ClientKeyFile = one.Key }));
        Assert.Equal("ClientKeyFile", Refused(new() { ClientCertificateFile = one.Certificate, ClientKeyFile = encrypted }));
    }

    [Fact]
    public void An_empty_path_is_told_with_the_setting()
    {
        Assert.Equal("CertificateAuthorityFile", Refused(new() { CertificateAuthorityFile = "" }));
        Assert.Equal("ClientCertificateFile", Refused(new() { ClientCertificateFile = "" }));
        Assert.Equal("ClientKeyFile", Refused(new() { ClientCertificateFile = server.ClientCertificateFile, ClientKeyFile = "" }));
        var options = RedisOptions.Parse("redis://h");
        options.PasswordFile = "";
        Assert.Equal("PasswordFile", Assert.Throws<ArgumentException>(options.Validate).ParamName);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PKCS_12_and_encrypted_keys_are_shown_to_the_server(bool isPacked)
    {
        await using var own = new RedisTlsServer();
        await own.InitializeAsync();
        var files = ("", own.ClientCertificateFile, own.ClientKeyFile);
        var (pfx, key) = (await PackAsync(files, "s3cret"), await EncryptAsync(files, "s3cret"));

        await using var client = await TestClient.ConnectAsync(own.Address, options =>
        {
            Trust(options, own);
            options.Tls!.ClientCertificate = null;
            (options.Tls.ClientCertificateFile, options.Tls.ClientKeyFile) = isPacked ? (pfx, null) : (own.ClientCertificateFile, key);
            options.Tls.ClientKeyPassword = "s3cret";
        });

        Assert.True(await client.DoAsync("SET", "k", "v"));
    }

    [Fact]
    public async Task Files_that_cannot_be_used_any_more_are_told_of_and_the_last_pair_serves()
    {
        await using var own = new RedisTlsServer();
        await own.InitializeAsync();
        var pfx = await PackAsync(("", own.ClientCertificateFile, own.ClientKeyFile), null);
        await using var admin = await TestClient.ConnectAsync(own.Address, options => Trust(options, own));
        var options = RedisOptions.Parse(own.Address);
        Trust(options, own);
        (options.Tls!.ClientCertificate, options.Tls.ClientCertificateFile) = (null, pfx);
        var told = new ConcurrentQueue<string>();
        await using var client = new RedisClient(options, TimeProvider.System, notRenewed: (_, error) => told.Enqueue(error.Message));
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        Assert.True(await client.DoAsync("SET", "k", "v"));

        using var bare = X509CertificateLoader.LoadCertificateFromFile(own.ClientCertificateFile);
        await File.WriteAllBytesAsync(pfx, bare.Export(X509ContentType.Pkcs12), TestContext.Current.CancellationToken);
        await DropAsync(client, admin);
        await DropAsync(client, admin);

        Assert.Equal("v", await client.TextAsync("GET", "k"));
        Assert.Contains("ClientCertificateFile", Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_whose_file_is_gone_is_told_with_the_setting()
    {
        await using var own = new RedisTlsServer();
        await own.InitializeAsync();
        await using var admin = await TestClient.ConnectAsync(own.Address, options => Trust(options, own));
        await using var client = await TestClient.ConnectAsync(own.Address, options => Trust(options, own));
        var id = await client.ExecuteAsync(RedisRoute.Any, Replies.Int64, default, "CLIENT", "ID");

        File.Delete(own.AuthorityFile);
        await admin.DoAsync("CLIENT", "KILL", "ID", id);

        await Until.TrueAsync(
            () =>
                client.State.LastError?.Message is { } message
                && message.Contains("with the files of its TLS settings", StringComparison.Ordinal)
                && message.Contains("CertificateAuthorityFile", StringComparison.Ordinal),
            "it is told"
        );
    }

    [Fact]
    public async Task A_server_of_another_authority_is_refused_with_the_setting()
    {
        var (authority, _, _) = await server.WriteClientAsync("stranger");
        await using var client = TestClient.Create(server.Address, options =>
        {
            Trust(options);
            options.Tls!.CertificateAuthorityFile = authority;
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(5);
        });
        var error = await Assert.ThrowsAnyAsync<RedisException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));
        Assert.Contains("(CertificateAuthorityFile)", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Ends the connections of a client, and waits until they are gone.</summary>
    private static async Task DropAsync(RedisClient client, RedisClient admin)
    {
        var id = await client.ExecuteAsync(RedisRoute.Any, Replies.Int64, default, "CLIENT", "ID");
        await admin.DoAsync("CLIENT", "KILL", "ID", id);
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return await client.ExecuteAsync(RedisRoute.Any, Replies.Int64, default, "CLIENT", "ID") != id;
                }
                catch (RedisConnectionException)
                {
                    return false;
                }
            },
            "the client has another connection"
        );
    }

    /// <summary>Puts certificate and key into one PKCS #12 file.</summary>
    private static async Task<string> PackAsync((string Authority, string Certificate, string Key) files, string? password)
    {
        using var pair = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        var path = files.Certificate + ".pfx";
        await File.WriteAllBytesAsync(path, pair.Export(X509ContentType.Pkcs12, password), TestContext.Current.CancellationToken);
        return path;
    }

    /// <summary>Writes the key encrypted, in PEM.</summary>
    private static async Task<string> EncryptAsync((string Authority, string Certificate, string Key) files, string password)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(files.Key, TestContext.Current.CancellationToken));
        var path = files.Key + ".encrypted";
        var how = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000);
        await File.WriteAllTextAsync(path, key.ExportEncryptedPkcs8PrivateKeyPem(password, how), TestContext.Current.CancellationToken);
        return path;
    }

    private static string? Refused(RedisTlsOptions tls)
    {
        var options = RedisOptions.Parse("redis://h");
        options.Tls = tls;
        return Assert.Throws<ArgumentException>(options.Validate).ParamName;
    }

    private void Trust(RedisOptions options) => Trust(options, server);

    private static void Trust(RedisOptions options, RedisTlsServer server)
    {
        options.Tls!.CertificateAuthorityFile = server.AuthorityFile;
        options.Tls.HostName = RedisTlsServer.HostName;
        options.Tls.ClientCertificate = server.ClientCertificate;
    }
}
