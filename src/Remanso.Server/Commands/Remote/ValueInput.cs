using System.CommandLine;
using System.Text;

namespace Remanso.Server.Commands.Remote;

/// <summary>A value that a command writes: on the command line, in a file, or in the input.</summary>
internal sealed class ValueInput
{
    private readonly Argument<string?> _value = new("VALUE")
    {
        Description = "The value; without it and --file it is read from the input",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string?> _file = new("--file")
    {
        Description = "The file that has the value; - for the input",
        HelpName = "PATH",
    };

    public void AddTo(Command command)
    {
        command.Add(_value);
        command.Add(_file);
    }

    /// <summary>Whether the value is text from the command line.</summary>
    public bool IsText(ParseResult arguments) => arguments.GetValue(_value) is not null;

    public async Task<byte[]> ReadAsync(ParseResult arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        var file = arguments.GetValue(_file);
        if (arguments.GetValue(_value) is { } value)
        {
            return file is null ? Encoding.UTF8.GetBytes(value) : throw new UsageException("VALUE and --file can't both be given");
        }

        if (file is not (null or "-"))
        {
            return await Files.ReadAsync("--file", file, path => File.ReadAllBytesAsync(path, cancellationToken));
        }

        using var buffer = new MemoryStream();
        await terminal.Input.CopyToAsync(buffer, cancellationToken);
        return buffer.ToArray();
    }
}
