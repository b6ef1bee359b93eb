using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Authentication;
using Remanso.AspNetCore.Security.Keys;
using Remanso.AspNetCore.Tests.Support;

namespace Remanso.AspNetCore.Tests.Security;

/// <summary>Keys and tokens in an application that knows its callers by itself, and both at once.</summary>
public sealed class BesideTests : IDisposable
{
    private const string Entry = "/v1/caches/default/entries/a";

    private static readonly (string, string) _team = ("Team", "shop");
    private static readonly (string, string) _fromThePage = ("X-Remanso-Dashboard", "1");

    private readonly TemporaryFolder _folder = new();
    private readonly RemansoKeyFile _file;

    public BesideTests() => _file = new RemansoKeyFile(_folder.File("keys.json"), TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_applications_only_scheme_stays_its_default(bool laterThanOurs)
    {
        _file.Create("any", new RemansoGrant(RemansoScopes.Read, ["*"]));
        await using var api = await MountedApi.StartAsync(
            static app =>
            {
                app.MapGet("/orders", static () => "orders").RequireAuthorization("caches");
                app.MapRemanso();
            },
            builder =>
            {
                if (laterThanOurs)
                {
                    builder.Services.AddRemansoSecurity(security => security.KeyFile = _file.Path);
                }

                builder.Services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, TeamHandler>(TeamHandler.Name, null);
                builder.Services.AddAuthorizationBuilder().AddPolicy("caches", static policy => policy.RequireClaim("team", "shop"));
                if (!laterThanOurs)
                {
                    builder.Services.AddRemansoSecurity(security => security.KeyFile = _file.Path);
                }
            }
        );

        Assert.Equal(401, (await api.SendAsync("GET", "/orders")).Status);
        Assert.Equal(403, (await api.SendAsync("GET", "/orders", null, ("Team", "sales"))).Status);
        Assert.Equal("orders", (await api.SendAsync("GET", "/orders", null, _team)).Body);
    }

    [Fact]
    public async Task Where_the_application_has_several_schemes_none_becomes_its_default()
    {
        _file.Create("any", new RemansoGrant(RemansoScopes.Read, ["*"]));
        await using var api = await StartAsync(static services =>
            services
                .AddAuthentication()
                .AddScheme<AuthenticationSchemeOptions, TeamHandler>("one", null)
                .AddScheme<AuthenticationSchemeOptions, TeamHandler>("two", null)
        );

        Assert.Null(await api.Services.GetRequiredService<IAuthenticationSchemeProvider>().GetDefaultAuthenticateSchemeAsync());
    }

    [Fact]
    public async Task A_key_is_looked_at_where_the_application_knows_the_caller_by_itself()
    {
        var (_, text) = _file.Create("app", new RemansoGrant(RemansoScopes.Write, ["*"]));
        await using var api = await StartAsync(OfTeams);

        Assert.Equal(202, (await api.SendAsync("PUT", Entry, "v", _team, TestApplication.Bearer(text))).Status);
        Assert.Equal(202, (await api.SendAsync("PUT", Entry, "v", _team, ("X-Api-Key", text))).Status);
        Assert.Equal("forbidden", (await api.SendAsync("PUT", Entry, "v", _team)).Problem);
        Assert.Equal("unauthenticated", (await api.SendAsync("PUT", Entry, "v", _team, TestApplication.Bearer(ApiKey.Create()))).Problem);
    }

    [Fact]
    public async Task A_key_counts_beside_a_token_that_is_the_applications_or_a_proxys()
    {
        var (_, text) = _file.Create("app", new RemansoGrant(RemansoScopes.Write | RemansoScopes.Observe, ["*"]));
        await using var api = await StartAsync(OfTeams);
        var token = TestApplication.Bearer("a.b.c");
        var key = ("X-Api-Key", text);

        Assert.Equal(202, (await api.SendAsync("PUT", Entry, "v", _team, token, key)).Status);
        Assert.Equal(202, (await api.SendAsync("PUT", Entry, "v", token, key)).Status);
        Assert.Equal(200, (await api.SendAsync("POST", "/dashboard/sign-in", null, token, key, _fromThePage)).Status);
        Assert.Equal("unauthenticated", (await api.SendAsync("PUT", Entry, "v", _team, token, ("X-Api-Key", ApiKey.Create()))).Problem);
    }

    [Theory]
    [InlineData("X-Api-Key", "the-application's-own")]
    [InlineData("Authorization", "Bearer the-application's-own")]
    [InlineData("Authorization", "Basic eDp5")]
    public async Task What_may_be_the_applications_own_takes_nothing_away_from_whom_it_knows(string header, string value)
    {
        _file.Create("any", new RemansoGrant(RemansoScopes.Read, ["*"]));
        await using var api = await StartAsync(static services =>
            services
                .AddAuthentication(GrantingHandler.Name)
                .AddScheme<AuthenticationSchemeOptions, GrantingHandler>(GrantingHandler.Name, null)
        );

        Assert.Equal(202, (await api.SendAsync("PUT", Entry, "v", ("Grant", "remanso:write"), (header, value))).Status);
        Assert.Equal("forbidden", (await api.SendAsync("PUT", Entry, "v", ("Grant", "remanso:read"), (header, value))).Problem);
        Assert.Equal("forbidden", (await api.SendAsync("PUT", Entry, "v", ("Grant", "other"), (header, value))).Problem);
    }

    [Fact]
    public async Task A_token_of_ours_counts_where_what_the_application_knows_grants_nothing()
    {
        await using var issuer = await LocalIssuer.StartAsync();
        RemansoTokenOptions tokens = new()
        {
            Authority = issuer.Address,
            Audience = "remanso",
            RequireHttps = false,
        };
        await using var api = await StartAsync(OfTeams, security => security.Tokens = tokens);

        Assert.Equal(202, (await api.SendAsync("PUT", Entry, "v", _team, TestApplication.Bearer(issuer.Sign("remanso:write")))).Status);
        Assert.Equal(
            "forbidden",
            (await api.SendAsync("PUT", Entry, "v", _team, TestApplication.Bearer(issuer.Sign("remanso:write", audience: "other")))).Problem
        );
    }

    [Fact]
    public async Task Whom_the_application_knows_may_sign_in_at_the_dashboard_and_out_again()
    {
        var (key, text) = _file.Create("app", new RemansoGrant(RemansoScopes.Observe, ["*"]));
        await using var api = await StartAsync(OfTeams);

        Assert.Equal((false, false, "-"), await SessionAsync(_team));
        var signIn = await api.SendAsync("POST", "/dashboard/sign-in", null, _team, ("X-Api-Key", text), _fromThePage);
        Assert.Equal(200, signIn.Status);
        var cookie = ("Cookie", signIn.Header("Set-Cookie")!.Split(';')[0]);
        Assert.Equal((true, true, key.Id), await SessionAsync(_team, cookie));
        Assert.Equal(200, (await api.SendAsync("GET", "/dashboard/caches", null, _team, cookie)).Status);
        Assert.Equal("forbidden", (await api.SendAsync("GET", "/v1/stats", null, _team, cookie)).Problem);
        Assert.Equal(204, (await api.SendAsync("DELETE", "/dashboard/session", null, _team, cookie, _fromThePage)).Status);

        async Task<(bool Known, bool CanSignOut, string? Id)> SessionAsync(params (string, string)[] headers)
        {
            using var json = JsonDocument.Parse((await api.SendAsync("GET", "/dashboard/session", null, headers)).Body);
            var session = json.RootElement;
            return (
                session.GetProperty("known").GetBoolean(),
                session.GetProperty("canSignOut").GetBoolean(),
                session.GetProperty("id").GetString()
            );
        }
    }

    private static void OfTeams(IServiceCollection services) =>
        services.AddAuthentication(TeamHandler.Name).AddScheme<AuthenticationSchemeOptions, TeamHandler>(TeamHandler.Name, null);

    private Task<MountedApi> StartAsync(Action<IServiceCollection> schemes, Action<RemansoSecurityOptions>? security = null) =>
        MountedApi.StartAsync(
            static app =>
            {
                app.MapRemanso();
                app.MapRemansoDashboard();
            },
            builder =>
            {
                schemes(builder.Services);
                builder.Services.AddAuthorization();
                builder.Services.AddRemansoSecurity(security ?? (options => options.KeyFile = _file.Path));
            }
        );

    /// <summary>An application that grants by claims.</summary>
    private sealed class GrantingHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        public const string Name = "granting";

        protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
            Task.FromResult(
                Request.Headers["Grant"] is [{ } grant]
                    ? AuthenticateResult.Success(
                        new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([new Claim("scope", grant)], Name)), Name)
                    )
                    : AuthenticateResult.NoResult()
            );
    }
}
