using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Authentication;
using Remanso.AspNetCore.Security.Keys;
using Remanso.AspNetCore.Tests.Support;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class TokenTests
{
    private const string Entry = "/v1/caches/orders/entries/user:42";

    [Theory]
    [InlineData("remanso:read", 200)]
    [InlineData("openid remanso:read profile", 200)]
    [InlineData("remanso:all", 200)]
    [InlineData("remanso:read:orders", 200)]
    [InlineData("remanso:read:ord*", 200)]
    [InlineData("remanso:read:orders:user%3A", 200)]
    [InlineData("remanso:read:orders:user:", 200)]
    [InlineData("remanso:read:users", 403)]
    [InlineData("remanso:read:orders:order%3A", 403)]
    [InlineData("remanso:read:orders:", 403)]
    [InlineData("remanso:write", 403)]
    [InlineData("read", 403)]
    [InlineData("remanso:everything", 403)]
    [InlineData(null, 403)]
    public async Task The_claim_of_the_scopes_decides(string? scope, int status)
    {
        await using var issuer = await LocalIssuer.StartAsync();
        await using var app = await StartAsync(issuer);

        Assert.Equal(status, (await app.GetAsync(Entry, TestApplication.Bearer(issuer.Sign(scope)))).Status);
    }

    [Fact]
    public async Task Scopes_may_come_as_an_array_and_in_another_claim()
    {
        await using var issuer = await LocalIssuer.StartAsync();
        await using var app = await StartAsync(issuer, static tokens => tokens.ScopeClaim = "scp");

        Assert.Equal(
            200,
            (await app.GetAsync(Entry, TestApplication.Bearer(issuer.Sign(new[] { "a", "remanso:read" }, claim: "scp")))).Status
        );
        Assert.Equal(403, (await app.GetAsync(Entry, TestApplication.Bearer(issuer.Sign("remanso:read")))).Status);
    }

    [Fact]
    public async Task The_subject_is_who_stands_in_the_audit_log()
    {
        await using var issuer = await LocalIssuer.StartAsync();
        await using var app = await StartAsync(issuer);

        Assert.Equal("service-a", (await app.GetAsync("/v1/stats", TestApplication.Bearer(issuer.Sign("remanso:observe")))).Body);
        await app.SendAsync("POST", "/v1/caches/orders/flush", null, TestApplication.Bearer(issuer.Sign("remanso:operate")));
        Assert.StartsWith("service-a at ", Assert.Single(app.Logs.Audit).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_expired_for_others_of_others_or_forged_is_401()
    {
        await using var issuer = await LocalIssuer.StartAsync();
        await using var app = await StartAsync(issuer);
        using var stranger = RSA.Create(2048);
        var good = issuer.Sign("remanso:read");
        var unsigned = Base64UrlEncoder.Encode("{\"alg\":\"none\"}") + "." + good.Split('.')[1] + ".";

        // The public key as the secret of a symmetric signature: the classic confusion of algorithms.
        var confused = issuer.Sign(
            "remanso:read",
            key: new SymmetricSecurityKey(Encoding.UTF8.GetBytes(issuer.Key.Rsa.ExportRSAPublicKeyPem())) { KeyId = "one" },
            algorithm: "HS256"
        );
        foreach (
            var (token, says) in new[]
            {
                (issuer.Sign("remanso:read", shift: TimeSpan.FromMinutes(-6)), "expired"),
                (issuer.Sign("remanso:read", shift: TimeSpan.FromMinutes(6)), "not valid"),
                (issuer.Sign("remanso:read", audience: "another"), "not valid"),
                (issuer.Sign("remanso:read", issuer: "http://another"), "not valid"),
                (issuer.Sign("remanso:read", key: new RsaSecurityKey(stranger) { KeyId = "one" }), "not valid"),
                (good[..^4] + "AAAA", "not valid"),
                (unsigned, "not valid"),
                (confused, "not valid"),
                ("nonsense", "not valid"),
            }
        )
        {
            var answer = await app.GetAsync(Entry, TestApplication.Bearer(token));
            Assert.Equal(401, answer.Status);
            Assert.Contains(says, answer.Body, StringComparison.Ordinal);
        }

        Assert.Equal(200, (await app.GetAsync(Entry, TestApplication.Bearer(good))).Status);
        Assert.Equal(401, (await app.GetAsync(Entry)).Status);
    }

    [Fact]
    public async Task Keys_and_tokens_work_side_by_side()
    {
        using var folder = new TemporaryFolder();
        var file = new RemansoKeyFile(folder.File("keys.json"), TimeProvider.System);
        var (_, text) = file.Create("app", new RemansoGrant(RemansoScopes.Read, ["*"]));
        await using var issuer = await LocalIssuer.StartAsync();
        await using var app = await TestApplication.StartAsync(options =>
        {
            options.KeyFile = file.Path;
            options.Tokens = OptionsOf(issuer);
        });

        Assert.Equal(200, (await app.GetAsync(Entry, TestApplication.Bearer(text))).Status);
        Assert.Equal(200, (await app.GetAsync(Entry, TestApplication.Bearer(issuer.Sign("remanso:read")))).Status);
        Assert.Equal(401, (await app.GetAsync(Entry, TestApplication.Bearer(ApiKey.Create()))).Status);
        Assert.Equal(401, (await app.GetAsync(Entry, ("X-Api-Key", issuer.Sign("remanso:read")))).Status);
    }

    [Fact]
    public async Task An_issuer_that_is_down_is_a_503_and_no_500()
    {
        string token;
        RemansoTokenOptions options;
        await using (var issuer = await LocalIssuer.StartAsync())
        {
            token = issuer.Sign("remanso:read");
            options = OptionsOf(issuer);
        }

        await using var app = await TestApplication.StartAsync(security => security.Tokens = options);

        var answer = await app.GetAsync(Entry, TestApplication.Bearer(token));
        Assert.Equal(503, answer.Status);
        Assert.Equal("issuer-unavailable", answer.Problem);
        Assert.DoesNotContain("127.0.0.1", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("login.example.com", "remanso", true, "Authority")]
    [InlineData("http://login.example.com", "remanso", true, "https")]
    [InlineData("https://login.example.com", " ", true, "Audience")]
    public void Options_that_would_be_unsafe_are_refused(string authority, string audience, bool https, string says)
    {
        var options = new RemansoSecurityOptions
        {
            Tokens = new RemansoTokenOptions
            {
                Authority = authority,
                Audience = audience,
                RequireHttps = https,
            },
        };

        Assert.Contains(says, Assert.Throws<CacheConfigurationException>(options.Validate).Message, StringComparison.Ordinal);
    }

    private static RemansoTokenOptions OptionsOf(LocalIssuer issuer) =>
        new()
        {
            Authority = issuer.Address,
            Audience = "remanso",
            RequireHttps = false,
        };

    private static Task<TestApplication> StartAsync(LocalIssuer issuer, Action<RemansoTokenOptions>? configure = null) =>
        TestApplication.StartAsync(options =>
        {
            options.Tokens = OptionsOf(issuer);
            configure?.Invoke(options.Tokens);
        });
}
