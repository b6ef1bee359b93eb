using Microsoft.Extensions.Logging;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Conformance.Support;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class KeyRingTests : IDisposable
{
    private static readonly RemansoGrant _grant = new(RemansoScopes.Read, ["*"]);
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(1);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly LogCollector _logs = new();
    private readonly RemansoKeyFile _file;

    public KeyRingTests() => _file = new RemansoKeyFile(_folder.File("keys.json"), _time);

    public void Dispose()
    {
        _folder.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public void A_key_is_found_and_a_wrong_secret_of_the_same_key_is_not()
    {
        var (key, text) = _file.Create("app", _grant);
        using var ring = Open();

        var verdict = ring.Find(text);

        Assert.Equal(KeyOutcome.Valid, verdict.Outcome);
        Assert.Equal(key.Id, verdict.Identity!.Access.Id);
        Assert.Equal(KeyOutcome.Unknown, ring.Find(ApiKey.Create()).Outcome);
        Assert.Equal(KeyOutcome.Malformed, ring.Find(text[..20] + (text[20] == 'a' ? 'b' : 'a') + text[21..]).Outcome);
        Assert.Equal(KeyOutcome.Malformed, ring.Find("rmk_").Outcome);
        Assert.Equal(KeyOutcome.Malformed, ring.Find(default).Outcome);
    }

    [Fact]
    public void A_secret_under_another_keys_identifier_is_nobodys()
    {
        var (one, _) = _file.Create("one", _grant);
        using var ring = Open();
        string forged;
        do
        {
            forged = ApiKey.Create();
        } while (forged[4..14] == one.Id);

        Assert.Equal(KeyOutcome.Malformed, ring.Find("rmk_" + one.Id + forged[14..]).Outcome);
    }

    [Fact]
    public void A_log_that_throws_keeps_no_key_from_being_taken()
    {
        _file.Create("app", _grant);
        using var factory = new RecordingLog { Failure = new IOException("planned") };
        using var ring = new KeyRing(_file, _time, new Logger<KeyRing>(factory));
        var (_, text) = _file.Create("new", _grant);

        _time.Advance(_look);

        Assert.Equal(KeyOutcome.Valid, ring.Find(text).Outcome);
    }

    [Fact]
    public void A_key_expires_on_the_dot()
    {
        var (_, text) = _file.Create("app", _grant, TimeSpan.FromMinutes(1));
        using var ring = Open();

        _time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        Assert.Equal(KeyOutcome.Valid, ring.Find(text).Outcome);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(KeyOutcome.Expired, ring.Find(text).Outcome);
    }

    [Fact]
    public void New_and_revoked_keys_are_seen_within_a_second()
    {
        var (old, oldText) = _file.Create("app", _grant);
        using var ring = Open();

        var (_, newText) = _file.Create("app", _grant);
        Assert.Equal(KeyOutcome.Unknown, ring.Find(newText).Outcome);
        _time.Advance(_look);
        Assert.Equal(KeyOutcome.Valid, ring.Find(newText).Outcome);
        Assert.Equal(KeyOutcome.Valid, ring.Find(oldText).Outcome);

        _file.Revoke(old.Id);
        _time.Advance(_look);
        Assert.Equal(KeyOutcome.Unknown, ring.Find(oldText).Outcome);
        Assert.Equal(KeyOutcome.Valid, ring.Find(newText).Outcome);
    }

    [Fact]
    public void A_header_that_comes_again_proves_a_key_no_longer_than_the_key_is_valid()
    {
        var (key, text) = _file.Create("app", _grant, TimeSpan.FromMinutes(1));
        var (_, other) = _file.Create("other", _grant);
        using var ring = Open();
        var (header, otherHeader) = ("Bearer " + text, "Bearer " + other);

        Assert.Equal(KeyOutcome.Valid, ring.FindIn(header, text).Outcome);
        Assert.Equal(key.Id, ring.FindIn(header, text).Identity!.Access.Id);
        Assert.Equal(KeyOutcome.Valid, ring.FindIn(otherHeader, other).Outcome);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(KeyOutcome.Expired, ring.FindIn(header, text).Outcome);

        _file.Revoke("other");
        _time.Advance(_look);
        Assert.Equal(KeyOutcome.Unknown, ring.FindIn(otherHeader, other).Outcome);
        Assert.Equal(KeyOutcome.Unknown, ring.FindIn("Bearer x", ApiKey.Create()).Outcome);
    }

    [Fact]
    public void A_file_behind_links_is_seen_to_change_as_mounted_secrets_do()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "links as Kubernetes makes them");
        var (_, text) = new RemansoKeyFile(_folder.File("a.json"), _time).Create("app", _grant);
        var (_, next) = new RemansoKeyFile(_folder.File("b.json"), _time).Create("app", _grant);
        File.CreateSymbolicLink(_file.Path, _folder.File("a.json"));
        using var ring = Open();
        Assert.Equal(KeyOutcome.Valid, ring.Find(text).Outcome);

        File.Delete(_file.Path);
        File.CreateSymbolicLink(_file.Path, _folder.File("b.json"));
        _time.Advance(_look);

        Assert.Equal(KeyOutcome.Unknown, ring.Find(text).Outcome);
        Assert.Equal(KeyOutcome.Valid, ring.Find(next).Outcome);
    }

    [Fact]
    public void A_file_that_became_wrong_leaves_the_keys_as_they_were_and_is_an_error_in_the_log()
    {
        var (_, text) = _file.Create("app", _grant);
        using var ring = Open();

        File.WriteAllText(_file.Path, "{");
        _time.Advance(_look);
        Assert.Equal(KeyOutcome.Valid, ring.Find(text).Outcome);
        Assert.Single(_logs.Records, static record => record.Level == LogLevel.Error);

        File.Delete(_file.Path);
        _time.Advance(_look);
        Assert.Equal(KeyOutcome.Valid, ring.Find(text).Outcome);
        Assert.Equal(2, _logs.Records.Count(static record => record.Level == LogLevel.Error));
    }

    [Fact]
    public void A_revocation_that_could_not_be_read_at_first_is_read_later_and_the_log_is_told_once()
    {
        var (key, text) = _file.Create("app", _grant);
        using var ring = Open();
        _file.Revoke(key.Id);

        using (new FileStream(_file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            _time.Advance(10 * _look);
            Assert.Equal(KeyOutcome.Valid, ring.Find(text).Outcome);
        }

        _time.Advance(_look);

        Assert.Equal(KeyOutcome.Unknown, ring.Find(text).Outcome);
        Assert.Single(_logs.Records, static record => record.Level == LogLevel.Error);
    }

    [Fact]
    public void A_link_that_leads_nowhere_leaves_the_keys_as_they_were()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "links as Kubernetes makes them");
        var (key, text) = _file.Create("app", _grant);
        using var ring = Open();
        var link = _folder.File("link.json");
        File.CreateSymbolicLink(link, _file.Path);
        File.Move(_file.Path, _folder.File("aside.json"));
        File.Move(link, _file.Path);

        // It leads to itself now.
        _time.Advance(10 * _look);
        Assert.Equal(KeyOutcome.Valid, ring.Find(text).Outcome);
        Assert.Contains(
            "can't be read",
            Assert.Single(_logs.Records, static record => record.Level == LogLevel.Error).Text,
            StringComparison.Ordinal
        );
        Assert.Throws<RemansoKeyFileException>(Open);

        File.Move(_folder.File("aside.json"), _file.Path, overwrite: true);
        _file.Revoke(key.Id);
        _time.Advance(_look);
        Assert.Equal(KeyOutcome.Unknown, ring.Find(text).Outcome);
    }

    [Fact]
    public void A_file_that_is_not_there_is_no_ring() => Assert.Throws<RemansoKeyFileException>(Open);

    private KeyRing Open()
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(_logs));
        return new KeyRing(_file, _time, new Logger<KeyRing>(loggers));
    }
}
