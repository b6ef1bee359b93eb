namespace Remanso.Server.Commands.Remote;

/// <summary>Reads the files that a command line names.</summary>
internal static class Files
{
    /// <exception cref="UsageException">It can't be read.</exception>
    public static async Task<T> ReadAsync<T>(string option, string path, Func<string, Task<T>> read)
    {
        try
        {
            return await read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {path} can't be read: {exception.Message}");
        }
    }
}
