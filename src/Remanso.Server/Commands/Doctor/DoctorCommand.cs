using System.CommandLine;
using Remanso.Server.Commands.Remote;

namespace Remanso.Server.Commands.Doctor;

/// <summary><c>doctor</c>: examines what <c>serve</c> would run on, with the same switches, and serves nothing.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal, TimeProvider time, Func<string, DiskFacts>? disk = null)
    {
        var json = new Option<bool>("--json") { Description = "One document of JSON, for scripts" };
        var all = new Option<bool>("--all") { Description = "Tells what is fine, too" };
        var only = new Option<string[]>("--only")
        {
            Description = $"Only checks of this category: {string.Join(", ", Category.All)}; may be repeated",
            HelpName = "CATEGORY",
        };
        var limit = new Option<string>("--time-limit")
        {
            Description = "How long each check may take",
            HelpName = "TIME",
            DefaultValueFactory = static _ => "10s",
        };
        only.AcceptOnlyFromAmong(Category.All);
        var command = new Command(
            "doctor",
            "Examines what the server would run on: settings, files, Redis, database. Takes the switches of serve (--tier, "
                + "--store, --urls, --Section:Key VALUE), and changes nothing. "
                + "Ends with 5 where there are problems, with 6 where something could not be checked"
        )
        {
            json,
            all,
            only,
            limit,
        };

        // What is left are switches of serve, which it reads itself.
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(
            async (arguments, cancellationToken) =>
            {
                var atMost = Times.Parse(limit.Name, arguments.GetValue(limit)) ?? TimeSpan.Zero;
                if (atMost <= TimeSpan.Zero || atMost > TimeSpan.FromHours(1))
                {
                    throw new UsageException("--time-limit must be above 0, and 1h at most");
                }

                var wanted = arguments.GetValue(only) ?? [];
                await using var patient = Patient.Admit([.. arguments.UnmatchedTokens], time, disk);
                var findings = await Examination.RunAsync(
                    AllChecks.InOrder.Where(check => wanted.Length == 0 || wanted.Contains(check.Category, StringComparer.Ordinal)),
                    patient,
                    atMost,
                    cancellationToken
                );
                if (arguments.GetValue(json))
                {
                    FindingWriter.WriteJson(terminal.Output, findings);
                }
                else
                {
                    FindingWriter.WriteText(terminal, findings, arguments.GetValue(all));
                }

                return Examination.ExitCodeOf(findings);
            }
        );
        return command;
    }
}
