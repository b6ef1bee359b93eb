using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class KeyFileTests : IDisposable
{
    private static readonly RemansoGrant _grant = new(RemansoScopes.Read | RemansoScopes.Write, ["orders", "shop-*"], "user:");

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly RemansoKeyFile _file;

    public KeyFileTests() => _file = new RemansoKeyFile(_folder.File("keys.json"), _time);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_created_is_listed_and_its_text_is_kept_nowhere()
    {
        var (key, text) = _file.Create("app", _grant, TimeSpan.FromDays(90));

        var listed = Assert.Single(_file.List());
        Assert.Equal(key.Id, listed.Id);
        Assert.Equal("app", listed.Name);
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromDays(90), listed.Expires);
        Assert.Equal(_grant.Scopes, listed.Grant.Scopes);
        Assert.Equal(_grant.Caches, listed.Grant.Caches);
        Assert.Equal("user:", listed.Grant.KeyPrefix);
        Assert.Contains(key.Id, text, StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(_folder.Path))
        {
            Assert.DoesNotContain(text[15..67], File.ReadAllText(file), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Two_keys_of_a_name_are_valid_at_once_and_a_third_is_refused_until_one_is_revoked_or_expires()
    {
        var (first, _) = _file.Create("app", _grant);
        _file.Create("app", _grant, TimeSpan.FromHours(1));
        Assert.Contains(
            "Two keys named app",
            Assert.Throws<RemansoKeyFileException>(() => _file.Create("app", _grant)).Message,
            StringComparison.Ordinal
        );

        Assert.Equal(first.Id, Assert.Single(_file.Revoke(first.Id)).Id);
        _file.Create("app", _grant);
        _time.Advance(TimeSpan.FromHours(1));
        _file.Create("app", _grant);

        Assert.Equal(3, _file.Revoke("app").Count);
        Assert.Empty(_file.List());
        Assert.Empty(_file.Revoke("app"));
    }

    [Fact]
    public void A_new_file_is_its_owners_and_a_changed_one_keeps_its_mode()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "modes are those of Unix");
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        _file.Create("a", _grant);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_file.Path));

        File.SetUnixFileMode(_file.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        _file.Create("b", _grant);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(_file.Path));
        Assert.Equal(["keys.json", "keys.json.lock"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_reader_beside_many_changes_always_finds_a_whole_file()
    {
        _file.Create("first", _grant);

        Parallel.Invoke(
            () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    _file.Create("key " + i, _grant);
                }
            },
            () =>
            {
                int count;
                do
                {
                    count = _file.List().Count;
                    Assert.NotEqual(0, count);
                } while (count < 101);
            }
        );
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("{\"keys\":[{\"id\":\"planted-secret\"}]}", "keys")]
    [InlineData("{\"keys\":[{\"id\":\"planted-secret\",\"sha256\":\"\",\"scopes\":[],\"caches\":[]}]}", "keys[0].id")]
    [InlineData("{\"keys\":[{\"id\":\"abcdefghij\",\"sha256\":\"planted-secret\",\"scopes\":[],\"caches\":[]}]}", "keys[0].sha256")]
    [InlineData(
        "{\"keys\":[{\"id\":\"abcdefghij\",\"sha256\":\"HASH\",\"scopes\":[\"planted-secret\"],\"caches\":[]}]}",
        "keys[0].scopes must be read, write, operate, observe or all"
    )]
    [InlineData("{\"keys\":[{\"id\":\"abcdefghij\",\"sha256\":\"HASH\",\"scopes\":[],\"caches\":[\"*\"]}]}", "at least one scope")]
    [InlineData("{\"keys\":[{\"id\":\"abcdefghij\",\"sha256\":\"HASH\",\"scopes\":[\"read\"],\"caches\":[]}]}", "at least one cache")]
    [InlineData(
        "{\"keys\":[{\"id\":\"abcdefghij\",\"sha256\":\"HASH\",\"scopes\":[\"read\"],\"caches\":[\"*\"],\"prefix\":\"planted-secret\"}]}",
        "keys[0]"
    )]
    [InlineData(
        "{\"keys\":[{\"id\":\"abcdefghij\",\"sha256\":\"HASH\",\"scopes\":[\"read\"],\"caches\":[\"*\"],\"keyPrefix\":\"\"}]}",
        "keys[0]: The prefix of a grant is not empty"
    )]
    [InlineData("{\"keys\":[],\"more\":1}", "more")]
    public void A_file_that_is_wrong_is_refused_by_its_name_and_field_and_without_its_values(string json, string says)
    {
        File.WriteAllText(_file.Path, json.Replace("HASH", new string('a', 64), StringComparison.Ordinal));

        var message = Assert.Throws<RemansoKeyFileException>(() => _file.List()).Message;

        Assert.Contains(_file.Path, message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.DoesNotContain("planted-secret", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_file_in_use_or_in_no_folder_can_not_be_changed_and_the_error_names_it()
    {
        using (new FileStream(_file.Path + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None))
        {
            Assert.Contains(
                _file.Path,
                Assert.Throws<RemansoKeyFileException>(() => _file.Create("a", _grant)).Message,
                StringComparison.Ordinal
            );
        }

        var nowhere = new RemansoKeyFile(_folder.File("none/keys.json"), _time);
        Assert.Contains(
            "none/keys.json",
            Assert.Throws<RemansoKeyFileException>(() => nowhere.Create("a", _grant)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_name_or_a_lifetime_that_can_not_be_is_refused()
    {
        Assert.Throws<RemansoKeyFileException>(() => _file.Create(string.Empty, _grant));
        Assert.Throws<RemansoKeyFileException>(() => _file.Create("a\nb", _grant));
        Assert.Throws<RemansoKeyFileException>(() => _file.Create(new string('a', 65), _grant));
        Assert.Throws<RemansoKeyFileException>(() => _file.Create("a", _grant, TimeSpan.Zero));
        Assert.False(_file.Exists);
    }
}
