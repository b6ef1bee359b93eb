using System.Data.Common;
using System.Reflection;
using System.Reflection.Emit;
using Microsoft.Extensions.DependencyInjection;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.MySql;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class MySqlDriverTests(MariaDbServer server)
{
    private static string DriverFile => typeof(MySqlClientFactory).Assembly.Location;

    [Fact]
    public void The_driver_that_the_application_refers_to_is_found_by_itself() =>
        Assert.Same(MySqlClientFactory.Instance, MySqlDriver.Find());

    [Fact]
    public void A_driver_is_found_by_its_file_and_by_its_folder()
    {
        Assert.Same(MySqlClientFactory.Instance, MySqlDriver.Find(DriverFile));
        Assert.Same(MySqlClientFactory.Instance, MySqlDriver.Find(Path.GetFileName(DriverFile)));
        Assert.Same(MySqlClientFactory.Instance, MySqlDriver.Find(Path.GetDirectoryName(DriverFile)));
    }

    [Fact]
    public void Of_two_drivers_in_a_folder_the_one_with_the_freer_licence_is_taken()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-drivers-");
        try
        {
            Assert.Null(MySqlDriver.FileIn(folder.FullName));
            foreach (var name in (string[])["MySql.Data.dll", "MySqlConnector.dll"])
            {
                File.WriteAllBytes(Path.Combine(folder.FullName, name), []);
                Assert.Equal(name, Path.GetFileName(MySqlDriver.FileIn(folder.FullName)));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("Remanso.dll")]
    [InlineData("Remanso.Stores.Tests.deps.json")]
    public void What_is_no_driver_is_refused_with_one_line_that_names_it(string path)
    {
        var exception = Assert.Throws<MySqlDriverException>(() => MySqlDriver.Find(path));

        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_driver_that_lacks_what_it_needs_is_refused_with_one_line_that_names_it()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-drivers-");
        try
        {
            var file = Path.Combine(folder.FullName, "MySqlConnector.dll");
            SaveDriverThatFails(file);

            var exception = Assert.Throws<MySqlDriverException>(() => MySqlDriver.Find(folder.FullName));

            Assert.Contains($"{file} can't be loaded: It needs", exception.Message, StringComparison.Ordinal);
            Assert.Contains("built for another framework", exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', exception.Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // As one of .NET Framework, whose factory asks in its initialiser for what is not there.
    private static void SaveDriverThatFails(string file)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("DriverThatFails"), typeof(object).Assembly);
        var factory = assembly
            .DefineDynamicModule("DriverThatFails")
            .DefineType("MySqlConnector.MySqlConnectorFactory", TypeAttributes.Public, typeof(DbProviderFactory));
        factory.DefineField("Instance", typeof(DbProviderFactory), FieldAttributes.Public | FieldAttributes.Static);
        factory.DefineDefaultConstructor(MethodAttributes.Public);
        var initializer = factory.DefineTypeInitializer().GetILGenerator();
        initializer.Emit(OpCodes.Ldstr, "It needs\nwhat is not there.");
        initializer.Emit(OpCodes.Newobj, typeof(FileNotFoundException).GetConstructor([typeof(string)])!);
        initializer.Emit(OpCodes.Throw);
        factory.CreateType();
        assembly.Save(file);
    }

    [Fact]
    public async Task A_library_user_names_an_address_alone()
    {
        await using var services = new ServiceCollection()
            .AddRemanso()
            .UseMySql(server.Url, options => options.Timeout = TimeSpan.FromSeconds(20))
            .Services.BuildServiceProvider();

        var provider = services.GetRequiredService<IStoreProvider>();
        var store = provider.Create("default");
        await store.InitializeAsync(TestContext.Current.CancellationToken);

        Assert.Equal($"mysql://127.0.0.1:{server.Port}/test", provider.Description);
    }

    [Fact]
    public async Task A_data_source_of_the_application_is_used_and_stays_open()
    {
        await using var connections = MySqlTestBed.Connect(server);
        await using (var provider = new MySqlStoreProvider(connections))
        {
            await provider.Create("default").InitializeAsync(TestContext.Current.CancellationToken);
            Assert.Equal($"mysql://127.0.0.1:{server.Port}/test", provider.Description);
        }

        await using var command = connections.CreateCommand("SELECT COUNT(*) FROM cache_data");
        Assert.NotNull(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Where_all_connections_are_in_use_a_start_waits()
    {
        await using var connections = MySqlTestBed.Connect(server, "maximumpoolsize=1&connectiontimeout=1");
        await using var provider = new MySqlStoreProvider(connections);
        await using var held = await connections.OpenConnectionAsync(TestContext.Current.CancellationToken);

        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
            await provider.Create("default").InitializeAsync(TestContext.Current.CancellationToken)
        );

        Assert.True(exception.IsTransient, exception.Message);
        Assert.Contains("in use", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_out_of_its_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new MySqlStoreOptions { Timeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MySqlStoreOptions { Timeout = TimeSpan.FromMinutes(11) });
    }
}
