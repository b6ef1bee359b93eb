using MySql.Data.MySqlClient;
using Remanso.MySql;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class MySqlAddressTests
{
    [Fact]
    public void A_url_is_decoded_part_by_part()
    {
        var settings = Read("mysql://us%40er:p%2Fa%3As;s%25'@db.example:3307/my%20db?ssl-mode=VerifyFull&Maximum%20Pool%20Size=7");

        Assert.Equal("db.example", settings.Server);
        Assert.Equal(3307u, settings.Port);
        Assert.Equal("us@er", settings.UserID);
        Assert.Equal("p/a:s;s%'", settings.Password);
        Assert.Equal("my db", settings.Database);
        Assert.Equal(MySqlSslMode.VerifyFull, settings.SslMode);
        Assert.Equal(7u, settings.MaximumPoolSize);
    }

    [Theory]
    [InlineData("mysql://localhost", "localhost", 3306u)]
    [InlineData("MariaDB://u:p@host/db", "host", 3306u)]
    [InlineData("mysql://u:p@[::1]:3307/db", "::1", 3307u)]
    [InlineData("mysql://u:p@[::1]/db", "::1", 3306u)]
    [InlineData("mysql://u:p@ss@host/db", "host", 3306u)]
    [InlineData("Server=here;Port=3307;Uid=u;Pwd=p", "here", 3307u)]
    [InlineData("mysql:Data Source=here;User ID=u", "here", 3306u)]
    public void Hosts_come_in_many_forms(string text, string host, uint port)
    {
        var settings = Read(text);

        Assert.Equal(host, settings.Server);
        Assert.Equal(port, settings.Port);
    }

    [Theory]
    [InlineData("mysql://u:sesame@host:port/db")]
    [InlineData("mysql://u:sesame@host:99999/db")]
    [InlineData("mysql://u:sesame@/db")]
    [InlineData("mysql://u:ses/ame@host/db")]
    [InlineData("mysql://u:ses?ame@host/db")]
    [InlineData("mysql://u:sesame@host/db?ssl-mode=sometimes")]
    [InlineData("mysql://u:sesame@host/db?nonsense=1")]
    [InlineData("Server=h;Password=sesame;Nonsense=1")]
    [InlineData("Server=h;Password=sesame;Port=sesame")]
    [InlineData("Password=sesame")]
    [InlineData("sesame")]
    [InlineData("")]
    public void What_cannot_be_read_is_refused_without_repeating_the_password(string text)
    {
        var exception = Assert.Throws<FormatException>(() => Read(text));

        Assert.DoesNotContain("sesame", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ame@host", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("mysql://u:sesame@host:3307/db", "mysql://host:3307/db")]
    [InlineData("mysql://u:sesame@[::1]/db", "mysql://[::1]:3306/db")]
    [InlineData("Host=h;Pwd=sesame;Initial Catalog=db", "mysql://h:3306/db")]
    public void For_people_the_address_has_no_password(string text, string description) =>
        Assert.Equal(description, MySqlAddress.Parse(text).ToString());

    [Theory]
    [InlineData("", false, true)]
    [InlineData("", true, false)]
    [InlineData("Connection Reset=False", true, true)]
    [InlineData("connectionreset=yes", false, false)]
    [InlineData("Pooling=0", false, false)]
    public void A_pool_keeps_sessions_as_its_connection_string_says(string text, bool resets, bool keeps) =>
        Assert.Equal(keeps, MySqlConnectionString.KeepsSessions($"Server=a;{text}", resets));

    [Fact]
    public void An_application_with_the_same_address_has_a_pool_of_its_own()
    {
        var theirs = new MySqlConnectionStringBuilder("Server=a;User ID=u;Database=d").ConnectionString;

        var ours = MySqlConnectionString.For(MySqlAddress.Parse("Server=a;User ID=u;Database=d"), MySqlClientFactory.Instance);

        Assert.NotEqual(theirs, ours);
        Assert.Equal(
            new MySqlConnectionStringBuilder(theirs).DefaultCommandTimeout,
            new MySqlConnectionStringBuilder(ours).DefaultCommandTimeout
        );
    }

    private static MySqlConnectionStringBuilder Read(string text) =>
        new(MySqlConnectionString.For(MySqlAddress.Parse(text), MySqlClientFactory.Instance));
}
