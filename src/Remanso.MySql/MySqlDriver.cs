using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Remanso.MySql;

// Remanso refers to neither: their licences differ, and an application that has one already shall not get the other.

/// <summary>
/// Finds an ADO.NET driver for MySQL at run time: MySqlConnector or MySql.Data, as the user chose by putting it beside the application.
/// </summary>
internal static class MySqlDriver
{
    internal const string Reflects =
        "MySQL drivers are found, and used, by reflection: what trimming removes of them is missing at run time.";

    private static readonly (string Assembly, string Factory)[] _known =
    [
        ("MySqlConnector", "MySqlConnector.MySqlConnectorFactory"),
        ("MySql.Data", "MySql.Data.MySqlClient.MySqlClientFactory"),
    ];

    /// <summary>Finds and loads a driver.</summary>
    /// <param name="path">The driver's DLL, or a folder that holds <c>MySqlConnector.dll</c> or <c>MySql.Data.dll</c>,
    /// relative to the application's folder; what the driver needs lies beside it. Null: what the application refers
    /// to, then what lies in its folder, MySqlConnector first.</param>
    /// <exception cref="MySqlDriverException">There is none, or it can't be loaded.</exception>
    [RequiresUnreferencedCode(Reflects)]
    public static DbProviderFactory Find(string? path = null)
    {
        if (string.IsNullOrEmpty(path))
        {
            return Loaded()
                ?? InFolder(AppContext.BaseDirectory)
                ?? throw new MySqlDriverException(
                    "There is no MySQL driver: put MySqlConnector.dll (of the package MySqlConnector) or MySql.Data.dll (of MySql.Data), "
                        + $"with what it needs, into {AppContext.BaseDirectory}, or name its path"
                );
        }

        var full = Path.GetFullPath(path, AppContext.BaseDirectory);
        if (File.Exists(full))
        {
            return FromFile(full);
        }

        return InFolder(full)
            ?? throw new MySqlDriverException(
                $"{full} is neither a MySQL driver nor a folder with one: MySqlConnector.dll (of the package MySqlConnector) "
                    + "or MySql.Data.dll (of MySql.Data)"
            );
    }

    /// <summary>Whether the driver of a connection resets its session before it is lent again, unless it is told otherwise.</summary>
    internal static bool ResetsSessions(DbConnection mysql) => mysql.GetType().FullName == "MySqlConnector.MySqlConnection";

    [RequiresUnreferencedCode(Reflects)]
    private static DbProviderFactory? Loaded()
    {
        foreach (var (assembly, factory) in _known)
        {
            try
            {
                if (InstanceOf(Assembly.Load(assembly).GetType(factory)) is { } found)
                {
                    return found;
                }
            }
            catch (FileNotFoundException)
            {
                // The application does not refer to this one.
            }
            catch (TypeInitializationException exception)
            {
                throw Refusal(assembly, exception);
            }
        }

        return null;
    }

    /// <summary>The driver's file in a folder: MySqlConnector's where both are there; null where none is.</summary>
    internal static string? FileIn(string folder) =>
        _known.Select(known => Path.Combine(folder, known.Assembly + ".dll")).FirstOrDefault(File.Exists);

    [RequiresUnreferencedCode(Reflects)]
    private static DbProviderFactory? InFolder(string folder) => FileIn(folder) is { } file ? FromFile(file) : null;

    [RequiresUnreferencedCode(Reflects)]
    private static DbProviderFactory FromFile(string file)
    {
        try
        {
            // Unlike the plain load, this one looks for what the driver needs beside the driver.
            var assembly = Assembly.LoadFrom(file);

            // All types only where no known name fits: to list them, parts must be there that no call here needs.
            return _known.Select(known => InstanceOf(assembly.GetType(known.Factory))).FirstOrDefault(static found => found is not null)
                ?? assembly.GetExportedTypes().Select(InstanceOf).FirstOrDefault(static found => found is not null)
                ?? throw new MySqlDriverException($"{file} is no ADO.NET driver: it has no DbProviderFactory");
        }
        catch (Exception exception)
            when (exception
                    is IOException
                        or BadImageFormatException
                        or TypeLoadException
                        or TypeInitializationException
                        or TargetInvocationException
            )
        {
            throw Refusal(file, exception);
        }
    }

    private static MySqlDriverException Refusal(string driver, Exception exception)
    {
        var cause = exception.GetBaseException().Message.ReplaceLineEndings(" ");

        // What one of another framework needs, or calls, is not there.
        var isUnfit = exception is TypeInitializationException or { InnerException: TypeInitializationException };
        var hint = isUnfit ? " It may be built for another framework, or lack what it needs." : string.Empty;
        return new MySqlDriverException($"The MySQL driver {driver} can't be loaded: {cause}{hint}", exception);
    }

    [RequiresUnreferencedCode(Reflects)]
    private static DbProviderFactory? InstanceOf(Type? type) =>
        type is not null && type.IsAssignableTo(typeof(DbProviderFactory))
            ? type.GetField("Instance", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as DbProviderFactory
            : null;
}
