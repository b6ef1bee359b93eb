using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Remanso.Entries;
using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>What is deployed is what was reviewed: images by digest, packages by lock file, and no password where
/// processes or files show it.</summary>
public sealed partial class DeploymentTests
{
    private static readonly string[] _files = ["Dockerfile", "compose.yaml"];

    [Fact]
    public void Every_image_of_others_is_named_by_digest() =>
        Offenders.MustBeNone(
            "Name these images by digest, IMAGE:TAG@sha256:…:",
            from file in _files
            from match in ImagePattern.Matches(Read(file))
            let image = match.Groups["image"].Value
            where image != "remanso" && !DigestPattern.IsMatch(image)
            select $"{file}: {image}"
        );

    [Fact]
    public void The_image_restores_what_the_lock_files_say() =>
        Assert.Contains("--locked-mode", Read("Dockerfile"), StringComparison.Ordinal);

    [Fact]
    public void Every_service_is_closed_and_bounded()
    {
        var compose = Read("compose.yaml");
        var services = ServicePattern.Matches(
            compose[compose.IndexOf("\nservices:", StringComparison.Ordinal)..compose.IndexOf("\nnetworks:", StringComparison.Ordinal)]
        );
        Assert.Equal(4, services.Count);

        // Each takes these from the two anchors, which hold them for all.
        Assert.All(services, static service => Assert.Matches(@"<<: \*(remanso|hardened)\n", service.Value));
        Assert.All(["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "pids_limit:"], part =>
            Assert.Contains(part, compose, StringComparison.Ordinal)
        );
        Assert.All(services, service =>
            Assert.True(service.Value.Contains("mem_limit:") || service.Value.Contains("<<: *remanso"), service.Value)
        );
        Assert.All(PortPattern.Matches(compose), static port => Assert.StartsWith("127.0.0.1:", port.Groups["port"].Value));
        Assert.Contains("internal: true", compose, StringComparison.Ordinal);
    }

    [Fact]
    public void Redis_refuses_writes_before_its_container_is_full_and_a_rewrite_of_its_log_has_room()
    {
        var compose = Read("compose.yaml");
        var most = MegabytesOf(MaxMemoryPattern.Match(compose));
        var limit = MegabytesOf(MemoryLimitPattern.Match(compose, compose.IndexOf("\n  redis:", StringComparison.Ordinal)));

        Assert.InRange(most, 1, limit * 3 / 4);
    }

    [Fact]
    public void The_proxy_of_the_pages_has_room_for_a_header_of_as_many_tags_as_an_entry_may_have()
    {
        var kibibytes = int.Parse(
            ProxyBufferPattern.Match(Read("docs/how-to/security.md")).Groups["number"].Value,
            CultureInfo.InvariantCulture
        );

        // Each byte of a tag may be escaped, and there are other headers.
        Assert.True(kibibytes * 1024 > (new CacheOptions().MaxTags * CacheTag.MaxBytes * 3) + 1024);
    }

    [Fact]
    public async Task What_an_operator_changed_in_the_secrets_stays_when_they_are_made_again()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-secrets-").FullName;
        try
        {
            await ChangeAndMakeAgainAsync(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ChangeAndMakeAgainAsync(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "redis"));
        File.Copy(Path.Combine(House.Root, "deploy/secrets.sh"), Path.Combine(folder, "secrets.sh"));
        File.Copy(Path.Combine(House.Root, "deploy/redis/users.acl"), Path.Combine(folder, "redis/users.acl"));
        await MakeAsync();
        var made = Secrets();
        await MakeAsync();
        Assert.Equal(made, Secrets());
        File.Delete(InFolder("redis_password"));
        await MakeAsync();
        made = Secrets();
        Assert.Contains($":{made["redis_password"]}@", made["tier"], StringComparison.Ordinal);

        await File.WriteAllTextAsync(InFolder("store"), "postgres://app@db.example/app\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(InFolder("tier"), "redis://remanso@redis?prefix=rm2\n", TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(Path.Combine(folder, "redis/users.acl"), "user more\n", TestContext.Current.CancellationToken);
        await MakeAsync();

        var after = Secrets();
        Assert.Equal("postgres://app@db.example/app\n", after["store"]);
        Assert.Equal("redis://remanso@redis?prefix=rm2\n", after["tier"]);
        // Rights that an upgrade brings, for the password that there is.
        Assert.Equal(made["users.acl"] + "user more\n", after["users.acl"]);

        string InFolder(string name) => Path.Combine(folder, "secrets", name);

        Dictionary<string, string> Secrets() =>
            Directory.GetFiles(InFolder(string.Empty)).ToDictionary(static file => Path.GetFileName(file), File.ReadAllText);

        async Task MakeAsync()
        {
            using var process = Process.Start("bash", [Path.Combine(folder, "secrets.sh")]);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
        }
    }

    [Fact]
    public void No_password_stands_in_a_command_or_an_environment() =>
        Assert.Empty(SecretPattern.Matches(Read("compose.yaml")).Select(static match => match.Value));

    private static int MegabytesOf(Match match)
    {
        Assert.True(match.Success);
        return int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) * (match.Groups["unit"].Value[0] == 'g' ? 1024 : 1);
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(House.Root, file));

    [GeneratedRegex(@"^\s*(FROM|image:)\s+(?<image>\S+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex ImagePattern { get; }

    [GeneratedRegex("^[^@]+:[^@]+@sha256:[0-9a-f]{64}$", RegexOptions.ExplicitCapture)]
    private static partial Regex DigestPattern { get; }

    [GeneratedRegex("--maxmemory, (?<number>[0-9]+)(?<unit>[mg])b", RegexOptions.ExplicitCapture)]
    private static partial Regex MaxMemoryPattern { get; }

    [GeneratedRegex("proxy_buffer_size (?<number>[0-9]+)k;", RegexOptions.ExplicitCapture)]
    private static partial Regex ProxyBufferPattern { get; }

    [GeneratedRegex("mem_limit: (?<number>[0-9]+)(?<unit>[mg])", RegexOptions.ExplicitCapture)]
    private static partial Regex MemoryLimitPattern { get; }

    [GeneratedRegex(@"^  \w+:\n(    .*\n|\n)+", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex ServicePattern { get; }

    [GeneratedRegex(@"^    ports:\n      - ""(?<port>[^""]+)""", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex PortPattern { get; }

    [GeneratedRegex(@"(PASSWORD: |--requirepass|ConnectionStrings__\w+(?<!_FILE): ).*", RegexOptions.ExplicitCapture)]
    private static partial Regex SecretPattern { get; }
}
