using System.Data.Common;
using System.Globalization;

namespace Remanso.MySql;

/// <summary>Puts an address into the words of one driver.</summary>
internal static class MySqlConnectionString
{
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

    /// <summary>The same, for people; the engine alone where the text is not understood.</summary>
    public static string Describe(string connectionString)
    {
        try
        {
            return MySqlAddress.Parse(connectionString).ToString();
        }
        catch (FormatException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"mysql://?:{MySqlAddress.DefaultPort}");
        }
    }
}
