using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Remanso.AspNetCore.Security.Guards;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.AspNetCore.Security.Authentication;

/// <summary>Keys in ASP.NET Core's authentication, for applications whose own policies ask for the scheme.</summary>
internal sealed class RemansoKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    KeyRing keys
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        (Credential.Of(Request).Kind == CredentialKind.None ? Refusal.NoKey : Refusal.WrongKey).SendAsync(Context);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Refusal.NotGranted.SendAsync(Context);

    private AuthenticateResult Authenticate()
    {
        var credential = Credential.Of(Request);
        if (credential.Kind is CredentialKind.None or CredentialKind.Token)
        {
            return AuthenticateResult.NoResult();
        }

        var verdict = keys.Find(credential.Text);
        return verdict.Outcome == KeyOutcome.Valid
            ? AuthenticateResult.Success(new AuthenticationTicket(verdict.Identity!.Clone().Principal, Scheme.Name))
            : AuthenticateResult.Fail("The key is not valid.");
    }
}
