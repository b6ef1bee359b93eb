using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Remanso.AspNetCore;
using Remanso.Server.Configuration;

namespace Remanso.Server.Endpoints;

/// <summary><c>GET /openapi/v1.json</c>: the description of the API, made of its endpoints when it is first asked for.</summary>
internal sealed class DescriptionPage(IServiceProvider services)
{
    /// <summary>The document's name among those of an application.</summary>
    public const string Document = "v1";

    private static readonly Refused _wrongHost = new(
        421,
        "wrong-host",
        "This host name is not served here",
        "The host name is not served here; names are set by Remanso:Security:Hosts."
    );

    private readonly Lazy<Task<byte[]>> _bytes = new(() => MakeAsync(services));

    /// <summary>Adds what makes it.</summary>
    public static void AddTo(IServiceCollection services) =>
        services
            .ConfigureHttpJsonOptions(
                // Numbers are numbers: no text would be read as one.
                static json =>
                    json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict
            )
            .AddOpenApi(Document, static options => options
                    .AddRemanso()
                    .AddDocumentTransformer(
                        static (document, _, _) =>
                        {
                            document.Info = new OpenApiInfo
                            {
                                Title = "Remanso",
                                Version = CommandLine.Version,
                                Description =
                                    "A versioned cache in front of a SQL database, in both directions. Every error is RFC "
                                    + "9457 problem details; a method that a path does not know is 405 with Allow, and a "
                                    + "fault of the server itself is 500.",
                            };
                            document.Servers = [new OpenApiServer { Url = "/" }];
                            AddPage(
                                document,
                                "getIndex",
                                "/",
                                "The dashboard in a browser, else an index for people",
                                "text/plain; charset=utf-8"
                            );
                            AddPage(
                                document,
                                "getMetrics",
                                "/metrics",
                                "The metrics as Prometheus text; needs the scope observe on all caches, where there are keys or tokens",
                                "text/plain; version=0.0.4; charset=utf-8",
                                new(401, "unauthenticated", "Who asks is not known", "No key or token, or one that is not valid.")
                                {
                                    Header = "WWW-Authenticate",
                                },
                                new(403, "forbidden", "This is not granted", "The scope observe on all caches lacks.")
                                {
                                    Header = "WWW-Authenticate",
                                },
                                new(429, "rate-limited", "This key asks too often", "The key's rate is used up; see Retry-After.")
                                {
                                    Header = "Retry-After",
                                }
                            );
                            AddPage(document, "getDescription", "/openapi/v1.json", "This document", "application/json");
                            AddPage(document, "getDocs", "/docs/", "This document, for people", "text/html");
                            foreach (var operation in document.Paths.Values.SelectMany(static path => path.Operations!.Values))
                            {
                                AddProblem(document, operation, _wrongHost);
                            }

                            return Task.CompletedTask;
                        }
                    ));

    public async Task InvokeAsync(HttpContext context)
    {
        var bytes = await _bytes.Value;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    private static async Task<byte[]> MakeAsync(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(Document).GetOpenApiDocumentAsync();
        using var bytes = new MemoryStream();
        await document.SerializeAsJsonAsync(bytes, OpenApiSpecVersion.OpenApi3_1);
        return bytes.ToArray();
    }

    private static void AddPage(
        OpenApiDocument document,
        string id,
        string path,
        string summary,
        string type,
        params ReadOnlySpan<Refused> problems
    )
    {
        var operation = new OpenApiOperation
        {
            OperationId = id,
            Summary = summary,
            Responses = new OpenApiResponses
            {
                ["200"] = new OpenApiResponse
                {
                    Description = "It.",
                    Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [type] = new OpenApiMediaType() },
                },
            },
        };
        foreach (var problem in problems)
        {
            AddProblem(document, operation, problem);
        }

        if (!problems.IsEmpty)
        {
            operation.Security =
            [
                .. document.Components!.SecuritySchemes!.Keys.Select(scheme => new OpenApiSecurityRequirement
                {
                    [new OpenApiSecuritySchemeReference(scheme, document)] = [],
                }),
            ];
        }

        var item = new OpenApiPathItem();
        item.AddOperation(HttpMethod.Get, operation);
        document.Paths[path] = item;
    }

    private static void AddProblem(OpenApiDocument document, OpenApiOperation operation, Refused problem) =>
        (operation.Responses ??= [])[problem.Status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
        {
            Description = problem.Meaning,
            Headers = problem.Header is { } header
                ? new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)
                {
                    [header] = new OpenApiHeader { Schema = new OpenApiSchema { Type = JsonSchemaType.String } },
                }
                : null,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/problem+json"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchemaReference("Problem", document),
                    Example = new JsonObject
                    {
                        ["type"] = "urn:remanso:problem:" + problem.Name,
                        ["title"] = problem.Title,
                        ["status"] = problem.Status,
                        ["detail"] = problem.Meaning,
                    },
                },
            },
        };

    private sealed record Refused(int Status, string Name, string Title, string Meaning)
    {
        /// <summary>The header that comes with it.</summary>
        public string? Header { get; init; }
    }
}
