namespace Remanso.AspNetCore.Http;

/// <summary>The media types that the JSON calls tell apart.</summary>
internal static class MediaTypes
{
    public const string Text = "text/plain; charset=utf-8";
    public const string Json = "application/json";
    public const string MergePatch = "application/merge-patch+json";
    public const string Bytes = "application/octet-stream";

    /// <summary>Whether values of this type are JSON documents.</summary>
    public static bool IsJson(string type) => ReferenceEquals(type, Json) || Essence(type).Equals(Json, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a body of this type is a JSON merge patch.</summary>
    public static bool IsMergePatch(string type) => Essence(type).Equals(MergePatch, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether values of this type are text in UTF-8; other charsets are bytes to a JSON answer.</summary>
    public static bool IsUtf8Text(string type)
    {
        if (ReferenceEquals(type, Text) || type == Text)
        {
            return true;
        }

        if (!type.StartsWith("text/", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var charset = type.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        return charset < 0 || type.AsSpan(charset + "charset=".Length).Trim("\" ").StartsWith("utf-8", StringComparison.OrdinalIgnoreCase);
    }

    private static ReadOnlySpan<char> Essence(string type)
    {
        var parameters = type.IndexOf(';');
        return (parameters < 0 ? type : type.AsSpan(0, parameters)).Trim();
    }
}
