namespace Remanso.AspNetCore.Http;

/// <summary>Ends a request with a problem that the server itself found.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
