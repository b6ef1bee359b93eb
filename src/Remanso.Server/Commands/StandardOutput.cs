using Microsoft.Win32.SafeHandles;

namespace Remanso.Server.Commands;

// The console's own stream takes a write to a pipe that nobody reads any more for done. A command that tells things for as
// long as it is left to would then never learn that it is to end: `watch | head -1`.
//
// A file is written by the console's stream all the same. A FileStream keeps an offset of its own and leaves that of the
// shell where it was: what the next command writes, or this one to its errors, would be laid over what is there.

/// <summary>The output of the process, for commands.</summary>
internal static class StandardOutput
{
    private const int BrokenPipe = 32;
    private const int Handle = 1;

    /// <summary>A stream of which a write fails where nobody reads any more.</summary>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        try
        {
            var stream = new FileStream(new SafeFileHandle(Handle, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return stream.CanSeek ? Console.OpenStandardOutput() : stream;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // Closed, or something that can't be written to: what the console makes of it.
            return Console.OpenStandardOutput();
        }
    }

    /// <summary>Writes what a command has to tell, all at once.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Tell(string text, TextWriter output, TextWriter errors)
    {
        try
        {
            output.WriteLine(text);
            output.Flush();
            return ExitCode.Done;
        }
        catch (IOException exception)
        {
            errors.WriteLine("remanso: " + exception.Message.ReplaceLineEndings(" "));
            return ExitCode.Local;
        }
    }

    /// <summary>Whether an error is that nobody reads any more: who took the first lines of a list has what he wanted.</summary>
    public static bool IsClosed(IOException exception) =>
        !OperatingSystem.IsWindows() && exception.HResult == BrokenPipe && exception.InnerException is null;
}
