using System.Globalization;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Remanso.AspNetCore.Dashboard;
using Remanso.AspNetCore.Security.Authentication;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.AspNetCore.Security.Guards;

// The guard judges a request when it comes. An answer that goes on for days asks here again, for keys are revoked, and
// keys, sign-ins and tokens end. What an application's own policy decided stands: nobody here knows until when.

/// <summary>What the caller of an answer without an end may do by now.</summary>
internal static class LastingAccess
{
    /// <summary>What it may do now; null where it would not be let in again: its answer ends.</summary>
    public static RemansoAccess? Of(HttpContext context, TimeProvider time)
    {
        var access = RemansoAccess.Of(context);
        if (context.Features.Get<IHttpAuthenticationFeature>()?.User is not { Identity: { IsAuthenticated: true } identity } user)
        {
            return access;
        }

        var shown = Credential.Of(context.Request).Kind;
        if (identity is RemansoIdentity)
        {
            return shown == CredentialKind.None && IsSignInOver(context)
                ? null
                : context.RequestServices.GetService<KeyRing>()?.FindById(access.Id)?.Access;
        }

        return
            shown != CredentialKind.None
            && long.TryParse(user.FindFirst("exp")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            && end + (long)TokenCheck.ClockSkew.TotalSeconds <= time.GetUtcNow().ToUnixTimeSeconds()
            ? null
            : access;
    }

    // Whoever shows no key has signed in: at the dashboard, or at the application, which knows itself until when.
    private static bool IsSignInOver(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<DashboardCookie>() is { } cookie && cookie.Read(context) is null;
}
