using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Remanso.AspNetCore.Security.Guards;

namespace Remanso.AspNetCore.Security.Authentication;

/// <summary>Asks the framework's handler for a token, and tells a bad token from an issuer that can't be asked.</summary>
internal static class TokenCheck
{
    /// <summary>By how much the clocks of issuer and server may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    public static async ValueTask<Caller> FindAsync(HttpContext context, RemansoTokenOptions tokens)
    {
        var result = await context.AuthenticateAsync(RemansoAuthentication.TokenScheme);
        if (result.Succeeded)
        {
            context.User = result.Principal;
            return Caller.Known(TokenScopes.Read(result.Principal, tokens.ScopeClaim));
        }

        if (result.Failure is SecurityTokenExpiredException)
        {
            return Caller.Unknown(Refusal.ExpiredKey);
        }

        return Caller.Unknown(await CanCheckAsync(context) ? Refusal.WrongKey : Refusal.TokensUnavailable);
    }

    // Without the issuer's keys every token is wrong for the handler, the right ones as well.
    private static async ValueTask<bool> CanCheckAsync(HttpContext context)
    {
        var options = context
            .RequestServices.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>()
            .Get(RemansoAuthentication.TokenScheme);
        try
        {
            await options.ConfigurationManager!.GetConfigurationAsync(context.RequestAborted);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
