using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>GET /health/live</c> (the process answers) and <c>GET /health/ready</c> (it can do its work).</summary>
internal sealed class HealthEndpoints(ICacheRegistry registry)
{
    public static Task LiveAsync(HttpContext context) => AnswerAsync(context, "live", []);

    public Task ReadyAsync(HttpContext context)
    {
        var problems = registry.GetProblems();
        if (problems.Count == 0)
        {
            var warnings = registry.GetWarnings();
            return AnswerAsync(
                context,
                "ready",
                warnings.Count == 0 || Tells(context) ? warnings : ["Something is to be looked at; the scope observe shows what."]
            );
        }

        var tells = Tells(context);
        var problem = new Problem(
            StatusCodes.Status503ServiceUnavailable,
            "not-ready",
            "The server can't do its work now",
            tells ? string.Join(' ', problems) : "Something that it needs is missing; the scope observe shows what."
        )
        {
            Problems = tells ? problems : null,
        };
        return problem.SendAsync(context);
    }

    // What lacks names hosts and databases: that is for who may observe.
    private static bool Tells(HttpContext context) => RemansoAccess.Of(context).Allows(RemansoScopes.Observe);

    private static Task AnswerAsync(HttpContext context, string status, IReadOnlyList<string> warnings)
    {
        var json = JsonBuffer.Rent();
        json.Writer.WriteStartObject();
        json.Writer.WriteString(Names.Status, status);
        if (warnings.Count > 0)
        {
            json.Writer.WriteStartArray("warnings"u8);
            foreach (var warning in warnings)
            {
                json.Writer.WriteStringValue(warning);
            }

            json.Writer.WriteEndArray();
        }

        json.Writer.WriteEndObject();
        return json.SendAsync(context, StatusCodes.Status200OK);
    }
}
