using System.CommandLine;
using Remanso.Client;

namespace Remanso.Server.Commands.Remote;

/// <summary>Which dead letters a command means, as switches.</summary>
internal sealed class DeadLetterChoice
{
    private readonly Option<string?> _error = new("--error") { Description = "Only those whose error has this text", HelpName = "TEXT" };
    private readonly Option<string?> _prefix = new("--prefix") { Description = "Only keys that begin so", HelpName = "TEXT" };
    private readonly Option<string?> _olderThan = new("--older-than")
    {
        Description = "Only those of at least this age, such as 5m",
        HelpName = "TIME",
    };

    public void AddTo(Command command)
    {
        command.Add(_error);
        command.Add(_prefix);
        command.Add(_olderThan);
    }

    /// <summary>The query; null where nothing is chosen.</summary>
    public DeadLetterQuery? Read(ParseResult arguments)
    {
        var query = new DeadLetterQuery
        {
            Error = arguments.GetValue(_error),
            Prefix = arguments.GetValue(_prefix),
            OlderThan = Times.Parse(_olderThan.Name, arguments.GetValue(_olderThan)),
        };
        return query == new DeadLetterQuery() ? null : query;
    }
}
