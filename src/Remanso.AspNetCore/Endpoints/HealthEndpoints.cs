using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>GET /health/live</c> (the process answers) and <c>GET /health/ready</c> (it can do its work).</summary>
internal sealed class HealthEndpoints(ICacheRegistry registry)
{
    public static Task LiveAsync(HttpContext context) => AnswerAsync(context, "live");

    public Task ReadyAsync(HttpContext context)
    {
        var problems = registry.GetProblems();
        if (problems.Count == 0)
        {
            return AnswerAsync(context, "ready");
        }

        // What lacks names hosts and databases: that is for who may observe.
        var tells = RemansoAccess.Of(context).Allows(RemansoScopes.Observe);
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

    private static Task AnswerAsync(HttpContext context, string status)
    {
        var json = JsonBuffer.Rent();
        json.Writer.WriteStartObject();
        json.Writer.WriteString(Names.Status, status);
        json.Writer.WriteEndObject();
        return json.SendAsync(context, StatusCodes.Status200OK);
    }
}
