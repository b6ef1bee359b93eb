namespace Remanso.Server.Tests.Commands.Plan;

/// <summary>A run of <c>plan</c>, which calls no server.</summary>
internal static class PlanRun
{
    private static readonly Uri _nowhere = new("http://localhost:1");

    public static Task<(int Code, string Output, string Errors)> OfAsync(params string[] arguments) =>
        OfInputAsync(string.Empty, arguments);

    public static Task<(int Code, string Output, string Errors)> OfInputAsync(string input, params string[] arguments) =>
        CommandRun.AsyncOf(_nowhere, Encoding.UTF8.GetBytes(input), ["plan", .. arguments]);
}
