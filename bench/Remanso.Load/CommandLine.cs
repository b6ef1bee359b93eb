using System.Globalization;

namespace Remanso.Load;

/// <summary>Reads <see cref="LoadOptions"/> from arguments of the form <c>--name value</c>.</summary>
internal static class CommandLine
{
    public const string Help = """
        Drives a server over HTTP/1.1 and prints what it saw.

          --url URL               http://127.0.0.1:8000 unless set
          --op get|set|mix        get unless set
          --read-ratio R          the share of reads in a mix, 0 to 1; 0.9
          --rate N                requests per second, on a schedule; without it, flat out
          --connections N         1 to 10000; 64
          --duration T            such as 10, 10s or 500ms; 10s
          --warmup T              driven before and not measured; 2s
          --keys N                1 to 10000000; 10000
          --distribution D        zipf, uniform or one; uniform
          --value-bytes N         0 to 1048576; 100
          --get-path PATH         /get/{key}
          --set-path PATH         /set; with {key} in it, PUT of the raw value instead of POST of JSON
          --cache NAME            the cache whose statistics are read; default
          --key-file PATH         the file whose text is sent as Authorization: Bearer
          --preload               writes every key once before
          --burst N               instead: N reads of one missing key at once, on N connections
          --watch                 asks for the age of the oldest dirty entry, ten times a second, and prints the highest
          --json                  one line of JSON instead of text

        Latencies on a schedule are measured from the moment at which a request was due, so that a stalled server
        does not hide the requests it kept from being sent. Exit code 2: the arguments are wrong; 1: no answers.
        """;

    /// <exception cref="UsageException">An argument is unknown, misses its value or is out of its range.</exception>
    public static LoadOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new LoadOptions();
        while (args is [var name, .. var rest])
        {
            args = rest;
            switch (name)
            {
                case "--preload":
                    options = options with { Preload = true };
                    continue;
                case "--watch":
                    options = options with { Watch = true };
                    continue;
                case "--json":
                    options = options with { Json = true };
                    continue;
            }

            if (rest is not [var value, ..])
            {
                throw new UsageException($"{name} is unknown, or its value is missing; --help lists the arguments.");
            }

            options = With(options, name, value);
            args = rest[1..];
        }

        return options;
    }

    private static LoadOptions With(LoadOptions options, string name, string value) =>
        name switch
        {
            "--url" => options with { Url = ToUrl(name, value) },
            "--op" => options with { Operation = ToEnum<Operation>(name, value) },
            "--read-ratio" => options with { ReadRatio = ToNumber(name, value, 0, 1) },
            "--rate" => options with { Rate = ToNumber(name, value, 1, 10_000_000) },
            "--connections" => options with { Connections = ToInteger(name, value, 1, 10_000) },
            "--duration" => options with { Duration = ToTime(name, value, atLeast: TimeSpan.FromMilliseconds(1)) },
            "--warmup" => options with { Warmup = ToTime(name, value, atLeast: TimeSpan.Zero) },
            "--keys" => options with { Keys = ToInteger(name, value, 1, 10_000_000) },
            "--distribution" => options with { Distribution = ToEnum<KeyDistribution>(name, value) },
            "--value-bytes" => options with { ValueBytes = ToInteger(name, value, 0, 1 << 20) },
            "--get-path" => options with { GetPath = ToPath(name, value) },
            "--set-path" => options with { SetPath = ToPath(name, value) },
            "--cache" => options with { Cache = value },
            "--key-file" => options with { Key = ToText(name, value) },
            "--burst" => options with { Burst = ToInteger(name, value, 1, 10_000) },
            _ => throw new UsageException($"{name} is unknown; --help lists the arguments."),
        };

    private static string ToText(string name, string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{name}: {exception.Message}");
        }
    }

    private static int ToInteger(string name, string value, int lowest, int highest) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest
            ? number
            : throw new UsageException($"{name} must be a whole number from {lowest} to {highest}, but is '{value}'.");

    private static double ToNumber(string name, string value, double lowest, double highest) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
        && number >= lowest
        && number <= highest
            ? number
            : throw new UsageException(
                string.Create(CultureInfo.InvariantCulture, $"{name} must be a number from {lowest} to {highest}, but is '{value}'.")
            );

    private static TEnum ToEnum<TEnum>(string name, string value)
        where TEnum : struct, Enum
    {
        foreach (var known in Enum.GetNames<TEnum>())
        {
            if (known.Equals(value, StringComparison.OrdinalIgnoreCase))
            {
                return Enum.Parse<TEnum>(known);
            }
        }

        throw new UsageException(
            $"{name} must be one of {string.Join(", ", Enum.GetNames<TEnum>()).ToLowerInvariant()}, but is '{value}'."
        );
    }

    private static TimeSpan ToTime(string name, string value, TimeSpan atLeast)
    {
        var (digits, unit) = value switch
        {
            [.. var number, 'm', 's'] => (number, TimeSpan.FromMilliseconds(1)),
            [.. var number, 's'] => (number, TimeSpan.FromSeconds(1)),
            _ => (value, TimeSpan.FromSeconds(1)),
        };
        return
            double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            && count * unit >= atLeast
            && count * unit <= TimeSpan.FromHours(1)
            ? count * unit
            : throw new UsageException(
                $"{name} must be a time from {atLeast.TotalMilliseconds:0} ms to 1 hour, such as 10s or 500ms, but is '{value}'."
            );
    }

    private static Uri ToUrl(string name, string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var url) && url is { Scheme: "http", PathAndQuery: "/" }
            ? url
            : throw new UsageException($"{name} must be http://host:port without a path, but is '{value}'.");

    private static string ToPath(string name, string value) =>
        value.StartsWith('/') && value.All(static c => c is > ' ' and <= '~')
            ? value
            : throw new UsageException($"{name} must begin with '/' and hold visible ASCII only, but is '{value}'.");
}
