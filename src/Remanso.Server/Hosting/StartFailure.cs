using System.Data.Common;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Remanso.Server.Configuration;
using Remanso.Stores;

namespace Remanso.Server.Hosting;

/// <summary>Says in one line, with the name of the setting, why the process can't start.</summary>
internal static class StartFailure
{
    private static readonly string[] _readers = ["Microsoft.Extensions.Configuration", "Microsoft.Extensions.Logging", "OpenTelemetry"];

    /// <summary>The line; null for a fault of the program, which keeps its stack trace.</summary>
    public static string? Explain(Exception exception) =>
        exception switch
        {
            SettingException => OneLine(exception.Message),
            CacheConfigurationException => OneLine(exception.Message),
            InvalidDataException or FormatException when exception.Message.Contains("appsettings", StringComparison.Ordinal) => OneLine(
                $"{exception.Message} {exception.InnerException?.Message}"
            ),
            StoreException or DbException => $"{ServerSettings.StoreName}: {OneLine(exception.Message)}",
            TierJournalException => $"{ServerSettings.JournalName}: {OneLine(exception.Message)}",
            TierUnavailableException => $"{ServerSettings.TierName}: {OneLine(exception.Message)}",
            InvalidOperationException when IsHttps(exception) =>
                $"{ServerSettings.UrlsName}: https needs a certificate: set Kestrel:Certificates:Default:Path (and :KeyPath or :Password)",
            CryptographicException => $"Kestrel:Certificates: {OneLine(exception.Message)}",
            FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException when IsKestrels(exception) =>
                $"Kestrel:Certificates: {OneLine(exception.Message)}",

            // An address in use, or, of localhost, what both loopbacks answered.
            IOException when exception.InnerException is AddressInUseException || IsKestrels(exception) =>
                $"{ServerSettings.UrlsName}: {OneLine(exception.Message + " " + Cause(exception))}",
            InvalidOperationException when IsKestrels(exception) => $"Kestrel: {OneLine(exception.Message)}",
            SocketException => $"{ServerSettings.UrlsName}: {OneLine(exception.Message)}",

            // A store's and a journal's come as their own; of which setting another is, its path says.
            UnauthorizedAccessException or IOException => OneLine(exception.Message),
            AggregateException { InnerExceptions: [var only] } => Explain(only),

            // What libraries read themselves, and only they know how: their words alone.
            { Source: { } library } when Array.Exists(_readers, name => library.StartsWith(name, StringComparison.Ordinal)) => OneLine(
                exception.Message
            ),
            _ => null,
        };

    // Kestrel has no exceptions of its own for what is wrong in its settings.
    private static bool IsKestrels(Exception exception) =>
        exception.StackTrace?.Contains("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal) == true;

    private static string? Cause(Exception exception) =>
        exception.InnerException is AggregateException { InnerExceptions: [var first, ..] } ? first.Message : null;

    private static bool IsHttps(Exception exception) =>
        IsKestrels(exception)
        && exception.Message.Contains("HTTPS", StringComparison.OrdinalIgnoreCase)
        && exception.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
