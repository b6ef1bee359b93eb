using Microsoft.Extensions.Configuration;
using Remanso.Server.Configuration;

namespace Remanso.Server.Tests.Configuration;

public sealed class SecretFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ConnectionStrings:Tier")]
    [InlineData("ConnectionStrings:Store")]
    [InlineData("ConnectionStrings:Journal")]
    public void A_connection_string_may_lie_in_a_file(string name)
    {
        File.WriteAllText(_folder.File("secret"), "redis://:planted-secret@redis:6379\n");

        Assert.Equal("redis://:planted-secret@redis:6379", Read((name + "_FILE", _folder.File("secret")))[name]);
    }

    [Fact]
    public void A_file_beside_the_setting_itself_is_refused() =>
        Assert.Contains(
            "both set",
            Fail(("ConnectionStrings:Tier", "memory:"), ("ConnectionStrings:Tier_FILE", "x")),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("planted-secret\nplanted-secret")]
    public void A_file_that_holds_no_line_or_several_is_refused_without_its_text(string text)
    {
        File.WriteAllText(_folder.File("secret"), text);

        var message = Fail(("ConnectionStrings:Store_FILE", _folder.File("secret")));

        Assert.StartsWith("ConnectionStrings:Store_FILE: the file", message, StringComparison.Ordinal);
        Assert.DoesNotContain("planted-secret", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.StartsWith(
            "ConnectionStrings:Store_FILE: the file /nowhere can't be read",
            Fail(("ConnectionStrings:Store_FILE", "/nowhere")),
            StringComparison.Ordinal
        );

    private static string Fail(params (string Name, string Value)[] settings) =>
        Assert.Throws<SettingException>(() => Read(settings)).Message;

    private static Dictionary<string, string?> Read(params (string Name, string Value)[] settings) =>
        SecretFiles.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)))
                .Build()
        );
}
