namespace Remanso.Redis.Resp.Credentials;

/// <summary>What tells that a file has changed: its time and its length; of a link, those of what it leads to, for that is
/// how mounted secrets are exchanged.</summary>
internal readonly record struct FileStamp(DateTime Written, long Length)
{
    /// <summary>Of a file; nothing where there is none.</summary>
    public static FileStamp Of(string? path)
    {
        if (path is null)
        {
            return default;
        }

        try
        {
            var file = new FileInfo(path);
            var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return target.Exists ? new(target.LastWriteTimeUtc, target.Length) : default;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}
