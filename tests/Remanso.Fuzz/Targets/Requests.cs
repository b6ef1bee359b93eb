using System.Text;
using Microsoft.AspNetCore.Http;
using Remanso.AspNetCore.Http;

namespace Remanso.Fuzz.Targets;

/// <summary>Requests with fields as a client might send them.</summary>
internal static class Requests
{
    /// <summary>A request without anything.</summary>
    public static HttpRequest New() => new DefaultHttpContext().Request;

    /// <summary>The lines of an input: Kestrel takes the bytes of a field for Latin 1 or UTF-8, and no control characters.</summary>
    public static string[] Lines(byte[] input) =>
        [
            .. Encoding
                .UTF8.GetString(input)
                .Split('\n')
                .Select(static line => string.Concat(line.Where(static letter => !char.IsControl(letter)))),
        ];

    /// <summary>Calls something that may refuse a request.</summary>
    public static void Refusable(Action read)
    {
        try
        {
            read();
        }
        catch (ProblemException)
        {
            // What the client is told.
        }
    }
}
