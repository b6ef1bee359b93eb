using System.Data.Common;
using System.Globalization;

namespace Remanso.MySql;

/// <summary>Puts an address into the words of one driver.</summary>
internal static class MySqlConnectionString
{
    private const string CommandTimeout = "Default Command Timeout";

    /// <exception cref="FormatException">The driver doesn't know a setting; the message names it, and never its value.</exception>
    public static string For(MySqlAddress address, DbProviderFactory driver)
    {
        var settings = driver.CreateConnectionStringBuilder() ?? new DbConnectionStringBuilder();
        foreach (var (name, value) in address.Settings)
        {
            if (!TrySet(() => settings[name] = value))
            {
                throw new FormatException(
                    $"The parameter '{name}' of the MySQL address is unknown to {driver.GetType().Assembly.GetName().Name}, "
                        + "or its value can't be read."
                );
            }
        }

        // As it is, but said: MySql.Data pools by this text, and an application that has the same address would get sessions
        // that saves have set up.
        _ = TrySet(() => settings[CommandTimeout] = settings[CommandTimeout]);
        return settings.ConnectionString;
    }

    /// <remarks>The cause is dropped on purpose: it may quote what could not be read, a password perhaps.</remarks>
    public static bool TrySet(Action set)
    {
        try
        {
            set();
            return true;
        }
        catch (Exception exception)
            when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Whether a driver's pool lends a session as its last user left it.</summary>
    /// <param name="connectionString">The driver's.</param>
    /// <param name="resets">Whether the driver resets sessions unless it is told otherwise.</param>
    public static bool KeepsSessions(string connectionString, bool resets)
    {
        var settings = new DbConnectionStringBuilder();
        return TrySet(() => settings.ConnectionString = connectionString)
            && IsOn("Pooling", unset: true)
            && !IsOn("ConnectionReset", unset: resets);

        bool IsOn(string name, bool unset) =>
            settings
                .Keys.Cast<string>()
                .FirstOrDefault(key =>
                    key.Replace(" ", string.Empty, StringComparison.Ordinal).Equals(name, StringComparison.OrdinalIgnoreCase)
                )
                is { } key
                ? Convert.ToString(settings[key], CultureInfo.InvariantCulture)?.ToUpperInvariant() is "TRUE" or "YES" or "ON" or "1"
                : unset;
    }

    /// <summary>Reads a driver's text; null where it is not understood.</summary>
    public static MySqlAddress? TryRead(string connectionString)
    {
        try
        {
            return MySqlAddress.Parse(connectionString);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
