using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz;

/// <summary>Runs the tests; with <c>campaign</c> as the first word a campaign, as <c>eng/fuzz.sh</c> asks for it.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments) =>
        arguments is ["campaign", .. var campaign]
            ? CampaignCommand.Run(campaign)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(arguments);
}
