using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Remanso.AspNetCore.Dashboard;
using Remanso.AspNetCore.Security.Authentication;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.AspNetCore.Security.Guards;

/// <summary>Finds out who asks: a key, a token, a user of the application's own, or somebody on the same machine.</summary>
internal sealed class CallerLookup(RemansoSecurityOptions options, HostNames hosts, KeyRing? keys)
{
    /// <summary>Finds the caller; its task is complete but where a token is to be checked.</summary>
    public ValueTask<Caller> FindAsync(HttpContext context)
    {
        if (!options.HasCredentials)
        {
            return new(WithoutCredentials(context));
        }

        // Not the User of the context, which would be made here where there is none.
        var credential = Credential.Of(context.Request);
        return context.Features.Get<IHttpAuthenticationFeature>()?.User is { Identity.IsAuthenticated: true } user
            ? FindBeside(context, user, credential)
            : FindShown(context, credential);
    }

    private ValueTask<Caller> FindShown(HttpContext context, Credential credential) =>
        credential.Kind switch
        {
            CredentialKind.None => new(SignedIn(context) ?? Caller.Unknown(Refusal.NoKey)),
            CredentialKind.Token when options.Tokens is not null => TokenCheck.FindAsync(context, options.Tokens),
            CredentialKind.Key or CredentialKind.Token when keys is not null => new(
                CheckKey(
                    context,
                    credential.Header is { } header ? keys.FindIn(header, credential.Text) : keys.Find(credential.Text),
                    credential.Text
                )
            ),
            _ => new(Caller.Unknown(Refusal.WrongKey)),
        };

    // The application knows the caller by itself, by a certificate or a login of its own. Where that grants nothing here,
    // what the caller shows beside it counts; but what is not of our form may be meant for the application alone.
    private ValueTask<Caller> FindBeside(HttpContext context, ClaimsPrincipal user, Credential credential)
    {
        if (user.Identity is RemansoIdentity ours)
        {
            return new(Caller.Known(ours.Access));
        }

        if (keys is not null && credential.IsOurs)
        {
            return FindShown(context, credential);
        }

        var known = Caller.Known(TokenScopes.Read(user, options.Tokens?.ScopeClaim ?? RemansoAuthentication.ScopeClaim));
        return known.Access.Grants.Count > 0 ? new(known)
            : credential.Kind == CredentialKind.Token && options.Tokens is { } tokens ? TokenOrAsync(context, tokens, known)
            : new((credential.Kind == CredentialKind.None ? SignedIn(context) : null) ?? known);
    }

    private static async ValueTask<Caller> TokenOrAsync(HttpContext context, RemansoTokenOptions tokens, Caller known)
    {
        var caller = await TokenCheck.FindAsync(context, tokens);
        return ReferenceEquals(caller.Refusal, Refusal.WrongKey) ? known : caller;
    }

    // Only the dashboard's own endpoints look at its cookie: what browsers send by themselves must not open the API.
    private Caller? SignedIn(HttpContext context)
    {
        if (keys is null || context.GetEndpoint()?.Metadata.GetMetadata<DashboardCookie>()?.Read(context) is not { } id)
        {
            return null;
        }

        if (keys.FindById(id) is not { } identity)
        {
            return Caller.Unknown(Refusal.ExpiredKey, id);
        }

        context.User = identity.Principal;
        return Caller.Known(identity.Access);
    }

    private Caller WithoutCredentials(HttpContext context)
    {
        if (options.AllowAnonymous || IsDecidedByTheApplication(context))
        {
            return Caller.Anybody;
        }

        if (!Peer.IsLocal(context))
        {
            return Caller.Unknown(Refusal.NotLocal);
        }

        return hosts.Serves(context) ? Caller.Anybody : Caller.Unknown(Refusal.WrongHost);
    }

    // Where its policy lets nobody in, the request does not come here; AllowAnonymous is a decision as well.
    private static bool IsDecidedByTheApplication(HttpContext context) =>
        context.GetEndpoint()?.Metadata is { } metadata
        && (metadata.GetMetadata<IAuthorizeData>() is not null || metadata.GetMetadata<IAllowAnonymous>() is not null);

    private static Caller CheckKey(HttpContext context, KeyVerdict verdict, ReadOnlySpan<char> text)
    {
        switch (verdict.Outcome)
        {
            case KeyOutcome.Valid:
                context.User = verdict.Identity!.Principal;
                return Caller.Known(verdict.Identity.Access);
            case KeyOutcome.Expired:
                return Caller.Unknown(Refusal.ExpiredKey, verdict.Identity!.Access.Id);
            case KeyOutcome.Unknown:
                return Caller.Unknown(Refusal.WrongKey, ApiKey.IdOf(text).ToString());
            default:
                return Caller.Unknown(Refusal.MalformedKey);
        }
    }
}
