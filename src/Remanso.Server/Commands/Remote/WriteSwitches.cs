using System.CommandLine;
using Remanso.Client;

namespace Remanso.Server.Commands.Remote;

/// <summary>How a command writes: the options of a write as switches.</summary>
internal sealed class WriteSwitches
{
    private readonly Option<string?> _durability = new("--durability")
    {
        Description = "What must be true when the command ends: accepted, replicated, logged or stored",
        HelpName = "LEVEL",
    };
    private readonly Option<long?> _ifVersion = new("--if-version") { Description = "Writes only over this version", HelpName = "VERSION" };
    private readonly Option<string?> _contentType = new("--content-type") { Description = "The value's media type", HelpName = "TYPE" };
    private readonly Option<string?> _ttl = new("--ttl")
    {
        Description = "How long the copy is served before it is loaded again, such as 5m",
        HelpName = "TIME",
    };
    private readonly Option<string?> _lifetime = new("--lifetime")
    {
        Description = "How long the data exists, in cache and database",
        HelpName = "TIME",
    };
    private readonly Option<string[]> _tags = new("--tag") { Description = "A tag of the entry; may be repeated", HelpName = "TAG" };
    private readonly Option<bool> _ifAbsent = new("--if-absent") { Description = "Writes only if the key has no value" };

    private bool _hasValue;
    private bool _makesEntry;

    /// <param name="command">The command.</param>
    /// <param name="hasValue">Whether it writes a value, which has a type.</param>
    /// <param name="mayBeAbsent">Whether it can be asked to write over nothing.</param>
    /// <param name="makesEntry">Whether it makes an entry where there is none, which has times and tags.</param>
    public void AddTo(Command command, bool hasValue, bool mayBeAbsent = false, bool makesEntry = false)
    {
        _hasValue = hasValue;
        _makesEntry = hasValue || makesEntry;
        _durability.TakesOneOf("accepted", "replicated", "logged", "stored");
        command.Add(_durability);
        command.Add(_ifVersion);
        if (hasValue)
        {
            command.Add(_contentType);
        }

        if (_makesEntry)
        {
            command.Add(_ttl);
            command.Add(_lifetime);
            command.Add(_tags);
        }

        if (mayBeAbsent)
        {
            command.Add(_ifAbsent);
        }
    }

    /// <param name="arguments">Those of the command.</param>
    /// <param name="contentTypeUnlessSet">The type of the value unless the switch says it.</param>
    /// <param name="isRepeatable">Whether a second try is safe at all.</param>
    /// <param name="mayBeThere">Whether <c>--if-absent</c> is content with what is there, its own first try included.</param>
    public EntryWriteOptions Read(
        ParseResult arguments,
        string? contentTypeUnlessSet = null,
        bool isRepeatable = true,
        bool mayBeThere = false
    )
    {
        // The client repeats what the server asks for. A value, or a delete, is the same a second time; a sum is not, nor
        // what depends on a condition, which the first time may have changed. Only these need a name, for the tier keeps
        // each for a while, and has room for so many.
        var isOther =
            (_makesEntry && !_hasValue) || arguments.GetValue(_ifVersion) is not null || (arguments.GetValue(_ifAbsent) && !mayBeThere);
        if (arguments.GetValue(_ifAbsent) && arguments.GetValue(_ifVersion) is not null)
        {
            throw new UsageException($"{_ifVersion.Name} and {_ifAbsent.Name} can't both be given");
        }

        var options = new EntryWriteOptions
        {
            Durability = arguments.GetValue(_durability) is { } level ? Enum.Parse<WriteDurability>(level, ignoreCase: true) : null,
            IfVersion = arguments.GetValue(_ifVersion),
            IdempotencyKey = isRepeatable && isOther ? Guid.NewGuid().ToString() : null,
            MayRepeat = isRepeatable && !isOther,
        };
        return !_makesEntry
            ? options
            : options with
            {
                ContentType = _hasValue ? arguments.GetValue(_contentType) ?? contentTypeUnlessSet : null,
                Ttl = Times.Parse(_ttl.Name, arguments.GetValue(_ttl)),
                Lifetime = Times.Parse(_lifetime.Name, arguments.GetValue(_lifetime)),
                Tags = arguments.GetValue(_tags) ?? [],
                IfAbsent = _hasValue && arguments.GetValue(_ifAbsent),
            };
    }

    /// <summary>Tells what a write has reached.</summary>
    public static int Tell(Terminal terminal, bool json, string key, WriteAnswer answer)
    {
        var durability = answer.Durability.ToString().ToLowerInvariant();
        terminal.Output.WriteLine(
            json
                ? JsonLine.Of(line =>
                {
                    line.WriteString("key"u8, key);
                    line.WriteNumber("version"u8, answer.Version);
                    line.WriteString("durability"u8, durability);
                })
                : $"Version {answer.Version} is {durability}."
        );
        return ExitCode.Done;
    }
}
