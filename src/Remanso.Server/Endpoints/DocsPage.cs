using System.Security.Cryptography;
using Microsoft.AspNetCore.Routing;
using Remanso.AspNetCore.Security;
using Scalar.AspNetCore;

namespace Remanso.Server.Endpoints;

/// <summary><c>/docs</c>: the description of the API to be read, and tried, in a browser. Everything of it comes from
/// this process.</summary>
internal static class DocsPage
{
    private const string Path = "/docs";
    private const int NonceBytes = 16;

    /// <summary>Maps the page and its script.</summary>
    public static IEndpointConventionBuilder MapDocs(this IEndpointRouteBuilder endpoints)
    {
        var page = endpoints.MapScalarApiReference(Path, static (options, context) =>
        {
            options.Title = "Remanso";
            options.OpenApiRoutePattern = "/openapi/{documentName}.json";
            options.DefaultFonts = false;
            // They lead to services of others.
            options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
            options.HideClientButton = true;
            options.DynamicBaseServerUrl = true;
            options.DisableTelemetry().DisableAgent().DisableMcp();
            options.Nonce = Protect(context);
        });
        page.Add(static endpoint =>
        {
            var answer = endpoint.RequestDelegate!;
            endpoint.Metadata.Add(new HttpMethodMetadata(ServerPages.Known));
            endpoint.RequestDelegate = context =>
            {
                Protect(ServerPages.WithoutKeeping(context));
                return answer(context);
            };
        });
        endpoints.RefuseOthers(Path + "/{documentName?}", RemansoScopes.None);
        return page;
    }

    // A browser may run what this process sends, and nothing else; nor may the page speak to anybody else.
    private static string Protect(HttpContext context)
    {
        if (context.Items[Path] is string known)
        {
            return known;
        }

        var nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceBytes));
        context.Items[Path] = nonce;
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            + "font-src 'self' data:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return nonce;
    }
}
