using Microsoft.AspNetCore.OpenApi;
using Remanso.AspNetCore.OpenApi;

namespace Remanso.AspNetCore;

/// <summary>The HTTP API in an application's OpenAPI document.</summary>
public static class RemansoOpenApiExtensions
{
    /// <summary>Describes the endpoints that <c>MapRemanso()</c> maps: parameters, bodies and answers with examples,
    /// errors, and the scopes that they need.</summary>
    /// <param name="options">Those of the document: <c>AddOpenApi(api => api.AddRemanso())</c>.</param>
    public static OpenApiOptions AddRemanso(this OpenApiOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.AddDocumentTransformer<RemansoDocument>();
    }
}
