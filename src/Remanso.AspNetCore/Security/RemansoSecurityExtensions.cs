using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.IdentityModel.Tokens;
using Remanso;
using Remanso.AspNetCore;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Audit;
using Remanso.AspNetCore.Security.Authentication;
using Remanso.AspNetCore.Security.Guards;
using Remanso.AspNetCore.Security.Keys;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds keys, tokens and scopes to an application, and asks its endpoints for them.</summary>
public static class RemansoSecurityExtensions
{
    private static readonly string[] _algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>
    /// Adds keys and tokens. Without this call the API's endpoints are answered to the same machine alone, or to whom the application's own
    /// policy lets in.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="configure">Sets the options.</param>
    /// <exception cref="CacheConfigurationException">An option is wrong.</exception>
    public static IServiceCollection AddRemansoSecurity(this IServiceCollection services, Action<RemansoSecurityOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new RemansoSecurityOptions();
        configure(options);
        options.Validate();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<AuditLog>();
        services.AddSingleton<LastingAnswers>();
        services.AddSingleton(provider => new RemansoGuard(
            options,
            provider.GetRequiredService<AuditLog>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<KeyRing>()
        ));
        if (options.HasCredentials)
        {
            services.AddSchemes(options);
        }

        return services;
    }

    /// <summary>
    /// Puts the checks that concern every request of a server before all else: host names, pages of other sites, requests under
    /// way.
    /// </summary>
    /// <param name="app">Where to; <see cref="AddRemansoSecurity"/> must have been called.</param>
    /// <exception cref="RemansoKeyFileException">The key file can't be read.</exception>
    public static IApplicationBuilder UseRemansoSecurity(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);

        // Made now: keys that can't be read are found before anything listens.
        app.ApplicationServices.GetRequiredService<RemansoGuard>();
        var gateway = app.ApplicationServices;
        return app.Use(next =>
            new RequestGate(next, gateway.GetRequiredService<RemansoSecurityOptions>(), gateway.GetRequiredService<AuditLog>()).InvokeAsync
        );
    }

    /// <summary>
    /// Lets only those through to an endpoint who hold a scope for the cache that its route names as <c>cache</c>. Whether they
    /// hold it for a key, the
    /// endpoint asks of <see cref="RemansoAccess.Of"/>.
    /// </summary>
    /// <param name="builder">The endpoint, or a group of them.</param>
    /// <param name="scope">The scope; <see cref="RemansoScopes.None"/> refuses nobody, and tells the endpoint who asks.</param>
    /// <param name="cache">The cache, where the route does not name it.</param>
    public static TBuilder RequireRemansoScope<TBuilder>(this TBuilder builder, RemansoScopes scope, string? cache = null)
        where TBuilder : IEndpointConventionBuilder => builder.RequireRemansoScope(new ScopeRequirement(scope, cache));

    /// <summary>The same, for needs of any kind.</summary>
    internal static TBuilder RequireRemansoScope<TBuilder>(this TBuilder builder, ScopeRequirement need)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(need));

        // After everything that the application adds, so that nothing of it runs before.
        builder.Finally(endpoint =>
        {
            var guard = GuardOf(endpoint.ApplicationServices);
            var inner = endpoint.RequestDelegate ?? throw new InvalidOperationException("An endpoint without a handler can't be guarded.");
            endpoint.RequestDelegate = context => guard.InvokeAsync(context, need, inner);
        });
        return builder;
    }

    /// <summary>Puts the same guard before a handler that routes by itself.</summary>
    /// <param name="app">Where the handler will run.</param>
    /// <param name="need">Says what a request needs, from its path and method alone.</param>
    /// <param name="handler">The handler.</param>
    public static RequestDelegate GuardRemanso(
        this IApplicationBuilder app,
        Func<HttpContext, ScopeRequirement> need,
        RequestDelegate handler
    )
    {
        ArgumentNullException.ThrowIfNull(app);
        var guard = GuardOf(app.ApplicationServices);
        return context => guard.InvokeAsync(context, need(context), handler);
    }

    private static RemansoGuard GuardOf(IServiceProvider services)
    {
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        return services.GetService<RemansoGuard>()
            ?? new RemansoGuard(
                new RemansoSecurityOptions(),
                new AuditLog(services.GetRequiredService<ILoggerFactory>(), time),
                time,
                keys: null
            );
    }

    private static void AddSchemes(this IServiceCollection services, RemansoSecurityOptions options)
    {
        var authentication = services.AddAuthentication();
        services.PostConfigure<AuthenticationOptions>(KeepDefault);
        authentication.AddPolicyScheme(RemansoAuthentication.Scheme, displayName: null, policy =>
            policy.ForwardDefaultSelector = context =>
                options.KeyFile is null || (options.Tokens is not null && Credential.Of(context.Request).Kind == CredentialKind.Token)
                    ? RemansoAuthentication.TokenScheme
                    : RemansoAuthentication.KeyScheme
        );
        if (options.KeyFile is { } file)
        {
            services.AddSingleton(provider =>
            {
                var time = provider.GetRequiredService<TimeProvider>();
                return new KeyRing(new RemansoKeyFile(file, time), time, provider.GetRequiredService<ILogger<KeyRing>>());
            });
            authentication.AddScheme<AuthenticationSchemeOptions, RemansoKeyHandler>(
                RemansoAuthentication.KeyScheme,
                configureOptions: null
            );
        }

        if (options.Tokens is { } tokens)
        {
            authentication.AddJwtBearer(RemansoAuthentication.TokenScheme, jwt => Configure(jwt, tokens));
        }
    }

    // The platform takes an application's only scheme for its default. With those that are added here it is not the only one any more.
    private static void KeepDefault(AuthenticationOptions authentication)
    {
        if (
            authentication.DefaultScheme is null
            && !(
                AppContext.TryGetSwitch("Microsoft.AspNetCore.Authentication.SuppressAutoDefaultScheme", out var isSuppressed)
                && isSuppressed
            )
            && authentication.Schemes.Where(static scheme => !RemansoAuthentication.IsOurs(scheme.Name)).Take(2).ToArray() is [var only]
        )
        {
            authentication.DefaultScheme = only.Name;
        }
    }

    private static void Configure(JwtBearerOptions jwt, RemansoTokenOptions tokens)
    {
        jwt.Authority = tokens.Authority;
        jwt.Audience = tokens.Audience;
        jwt.RequireHttpsMetadata = tokens.RequireHttps;
        jwt.MapInboundClaims = false;
        jwt.SaveToken = false;
        jwt.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAlgorithms = _algorithms,
            ClockSkew = TokenCheck.ClockSkew,
            NameClaimType = "sub",
        };
        jwt.Events = new JwtBearerEvents
        {
            OnChallenge = challenge =>
            {
                challenge.HandleResponse();
                return (challenge.AuthenticateFailure is null ? Refusal.NoKey : Refusal.WrongKey).SendAsync(challenge.HttpContext);
            },
            OnForbidden = static forbidden => Refusal.NotGranted.SendAsync(forbidden.HttpContext),
        };
    }
}
