using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Authentication;

namespace Remanso.AspNetCore.Dashboard;

// A key is shown in a header, as to the API, so that one guard judges it: wrong ones are counted, and stand in the audit
// log. Whom the application knows, and grants nothing here, may still sign in.

/// <summary><c>GET|DELETE dashboard/session</c> and <c>POST dashboard/sign-in</c>: who looks, and by what.</summary>
internal sealed class SessionEndpoint(RemansoSecurityOptions security, DashboardCookie? cookie)
{
    public Task TellAsync(HttpContext context)
    {
        var access = RemansoAccess.Of(context);
        var json = JsonBuffer.Rent();
        json.Writer.WriteStartObject();
        json.Writer.WriteBoolean("asksForKeys"u8, security.HasCredentials);
        json.Writer.WriteBoolean("canSignIn"u8, cookie is not null);
        json.Writer.WriteBoolean("canSignOut"u8, cookie is not null && context.User.Identity is RemansoIdentity);
        json.Writer.WriteBoolean("known"u8, ScopesIn(access, cache: null).Any());
        json.Writer.WriteString("id"u8, access.Id);
        json.Writer.WriteStartArray("scopes"u8);
        foreach (var scope in ScopesIn(access, cache: null))
        {
            json.Writer.WriteStringValue(scope);
        }

        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        context.Response.Headers.CacheControl = "no-store";
        return json.SendAsync(context, StatusCodes.Status200OK);
    }

    public Task BeginAsync(HttpContext context)
    {
        if (cookie?.TryGive(context) != true)
        {
            throw Problems.BadRequest(cookie is null ? "There are no keys here to sign in with." : "The sign-in takes a key (rmk_…).");
        }

        return TellAsync(context);
    }

    public Task EndAsync(HttpContext context)
    {
        cookie?.Take(context);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>The names of the scopes that are granted for a cache, or for any.</summary>
    public static IEnumerable<string> ScopesIn(RemansoAccess access, string? cache)
    {
        foreach (var scope in (RemansoScopes[])[RemansoScopes.Read, RemansoScopes.Write, RemansoScopes.Operate, RemansoScopes.Observe])
        {
            if (cache is null ? access.Allows(scope) : access.Allows(scope, cache))
            {
                yield return RemansoScopeNames.Text(scope);
            }
        }
    }
}
