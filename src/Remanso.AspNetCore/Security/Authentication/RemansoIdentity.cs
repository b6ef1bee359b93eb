using System.Security.Claims;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.AspNetCore.Security.Authentication;

/// <summary>A caller with a key, as ASP.NET Core sees it, with what the key may do.</summary>
internal sealed class RemansoIdentity : ClaimsIdentity
{
    public RemansoIdentity(RemansoKey key)
        : base(
            [
                new Claim(ClaimTypes.NameIdentifier, key.Id),
                new Claim(ClaimTypes.Name, key.Name),
                .. RemansoScopeNames.Of(key.Grant.Scopes).Select(static scope => new Claim(RemansoAuthentication.ScopeClaim, scope)),
            ],
            RemansoAuthentication.KeyScheme
        )
    {
        Access = new RemansoAccess(key.Id, [key.Grant]);
        Principal = new ClaimsPrincipal(this);
    }

    private RemansoIdentity(RemansoIdentity other)
        : base(other)
    {
        Access = other.Access;
        Principal = new ClaimsPrincipal(this);
    }

    public RemansoAccess Access { get; }

    public ClaimsPrincipal Principal { get; }

    /// <summary>One of its own for each request of an application, which may add claims to it.</summary>
    public override RemansoIdentity Clone() => new(this);
}
