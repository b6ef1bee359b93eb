using System.Net;
using System.Text.Json;

namespace Remanso.Client.Http;

/// <summary>Makes exceptions of problem details (RFC 9457), and of what else may come back.</summary>
internal static class ApiErrors
{
    private const string TypePrefix = "urn:remanso:problem:";

    public static RemansoApiException Of(HttpResponseMessage response, byte[] body, TimeProvider time)
    {
        var status = (int)response.StatusCode;
        var problem = response.Content.Headers.ContentType?.MediaType == "application/problem+json" ? Parse(body) : null;
        var code = CodeOf(problem?.Type);

        // What something else than the API says may be a page of HTML: its status is enough.
        var detail = problem?.Detail ?? problem?.Title ?? Meaning(response.StatusCode);
        var retryAfter = ApiFields.RetryAfterOf(response.Headers.RetryAfter, time);
        return code == "version-conflict"
            ? new RemansoVersionConflictException(status, code, detail)
            {
                Version = problem!.Version,
                IsAccepted = problem.Accepted,
                RetryAfter = retryAfter,
            }
            : new RemansoApiException(status, code, detail)
            {
                Version = problem?.Version,
                IsAccepted = problem?.Accepted,
                RetryAfter = retryAfter,
                Problems = problem?.Problems,
            };
    }

    /// <summary>The name in a problem's type; null where that is none of the API's.</summary>
    public static string? CodeOf(string? type) =>
        type?.StartsWith(TypePrefix, StringComparison.Ordinal) == true ? type[TypePrefix.Length..] : null;

    /// <summary>The body of an answer that succeeded is not what the API sends: something else answered.</summary>
    public static RemansoApiException NotJson(int status) =>
        new(status, code: null, "The answer is not the JSON that the API sends; is this a Remanso server?");

    /// <summary>An answer that succeeded has nothing in it that the API sends: something else answered.</summary>
    public static RemansoApiException NotOfTheApi(int status) =>
        new(status, code: null, "The answer is not one of the API's; is this a Remanso server, and BaseAddress where its API is?");

    private static string Meaning(HttpStatusCode status) =>
        status == HttpStatusCode.RequestUriTooLong
            ? "The call's address is longer than the server, or what stands before it, reads (414): watch fewer keys, or a prefix."
            : $"The server answered {(int)status} without saying why.";

    private static ProblemReply? Parse(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ApiJson.Default.ProblemReply);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
