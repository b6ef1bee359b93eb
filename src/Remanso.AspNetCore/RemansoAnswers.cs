using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore;

/// <summary>The API's own answers to what it does not know, for what an application puts beside it.</summary>
public static class RemansoAnswers
{
    /// <summary>404 as problem details.</summary>
    /// <param name="context">The request.</param>
    /// <param name="detail">Why; that there is nothing at the path unless given.</param>
    public static Task NotFoundAsync(HttpContext context, string? detail = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        return (detail is null ? Problems.NothingAt(RequestPath.Of(context)) : Problems.NotFound(detail)).SendAsync(context);
    }

    /// <summary>405 as problem details.</summary>
    /// <param name="context">The request.</param>
    /// <param name="allow">The methods that the resource knows, for <c>Allow</c>.</param>
    public static Task MethodNotAllowedAsync(HttpContext context, string allow)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Problems.MethodNotAllowed(context.Request.Method, allow).SendAsync(context);
    }
}
