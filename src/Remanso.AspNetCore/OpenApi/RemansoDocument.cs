using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Guards;

namespace Remanso.AspNetCore.OpenApi;

// The framework describes handlers by their parameters and results; those of the API have none.

/// <summary>Describes the endpoints of the API in an application's OpenAPI document: from their patterns, methods,
/// scopes and descriptions.</summary>
internal sealed class RemansoDocument : IOpenApiDocumentTransformer
{
    private const string Bearer = "bearer";
    private const string ApiKey = "apiKey";

    private static readonly int[] _ofCallers = [401, 403, 429];
    private static readonly int[] _ofBodies = [408, 501];

    public async Task TransformAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(context);
        AddSecurity(document);
        document.AddComponent("Problem", await context.GetOrCreateSchemaAsync(typeof(ProblemAnswer), null, cancellationToken));
        var known = document.Paths.Values.SelectMany(static item => item.Operations ?? []).Select(static call => call.Value.OperationId);
        HashSet<string> taken = new(known.OfType<string>(), StringComparer.Ordinal);
        var endpoints = context.ApplicationServices.GetRequiredService<EndpointDataSource>().Endpoints;
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>())
        {
            foreach (var description in endpoint.Metadata.GetOrderedMetadata<CallDescription>())
            {
                var path = endpoint.RoutePattern.RawText!.Replace("{**key}", "{key}", StringComparison.Ordinal) + description.Suffix;
                if (!document.Paths.TryGetValue(path, out var item))
                {
                    document.Paths[path] = item = new OpenApiPathItem();
                }

                var operation = await DescribeAsync(endpoint, description, document, context, cancellationToken);
                operation.OperationId = Take(description.Id, taken);
                ((OpenApiPathItem)item).AddOperation(new HttpMethod(description.Method), operation);
            }
        }
    }

    // No two calls have the same, also where the API is mounted twice, or the application has one of the name.
    private static string Take(string id, HashSet<string> taken)
    {
        var name = id;
        for (var n = 2; !taken.Add(name); n++)
        {
            name = id + Text(n);
        }

        return name;
    }

    private static void AddSecurity(OpenApiDocument document)
    {
        document.AddComponent<IOpenApiSecurityScheme>(
            Bearer,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A key (rmk_…), or a token (JWT) of the issuer that is set.",
            }
        );
        document.AddComponent<IOpenApiSecurityScheme>(
            ApiKey,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = "X-Api-Key",
                Description = "A key (rmk_…).",
            }
        );
    }

    private static async Task<OpenApiOperation> DescribeAsync(
        RouteEndpoint endpoint,
        CallDescription call,
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var scope = endpoint.Metadata.GetMetadata<ScopeRequirement>()?.Scope ?? RemansoScopes.None;
        var operation = new OpenApiOperation
        {
            Summary = call.Summary,
            Description =
                scope == RemansoScopes.None ? null : $"Needs the scope {RemansoScopeNames.Text(scope)}, where there are keys or tokens.",
            Parameters = Parameters.Of(endpoint.RoutePattern.Parameters.Select(static parameter => parameter.Name), call.Parameters),
            Responses = [],
            Security = scope == RemansoScopes.None ? null : [Requirement(Bearer, document), Requirement(ApiKey, document)],
        };
        if (call.Body is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = !body.IsOptional,
                Content = await ContentAsync(body, context, cancellationToken),
            };
        }

        foreach (var (status, meaning) in call.Right)
        {
            operation.Responses[Text(status)] = new OpenApiResponse
            {
                Description = meaning,
                Headers = AnswerHeaders.Of(call, status),
                Content = BodyOf(call, status) is { } answer ? await ContentAsync(answer, context, cancellationToken) : null,
            };
        }

        foreach (
            var status in call
                .Problems.Concat(scope == RemansoScopes.None ? [] : _ofCallers)
                .Concat(call.Body is null ? [] : _ofBodies)
                .Distinct()
                .Order()
        )
        {
            operation.Responses[Text(status)] = new OpenApiResponse
            {
                Description = ProblemDescriptions.MeaningOf(status),
                Headers = AnswerHeaders.Of(call, status),
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    ["application/problem+json"] = new OpenApiMediaType
                    {
                        Schema = new OpenApiSchemaReference("Problem", document),
                        Example = ProblemDescriptions.ExampleOf(status),
                    },
                },
            };
        }

        return operation;
    }

    private static CallBody? BodyOf(CallDescription call, int status) =>
        status switch
        {
            200 or 202 => call.Answer,
            404 => call.Absence,
            _ => null,
        };

    private static async Task<Dictionary<string, OpenApiMediaType>> ContentAsync(
        CallBody body,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    ) =>
        new(StringComparer.Ordinal)
        {
            [body.Type] = new OpenApiMediaType
            {
                Schema = body.Shape is { } shape
                    ? await context.GetOrCreateSchemaAsync(shape, null, cancellationToken)
                    : new OpenApiSchema(),
                Example = body.Example is { } example ? JsonNode.Parse(example) : null,
            },
        };

    private static OpenApiSecurityRequirement Requirement(string scheme, OpenApiDocument document) =>
        new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
