using Xunit;

namespace Remanso.Architecture.Tests.Pages;

/// <summary>Whoever upgrades finds what breaks apart from what is new.</summary>
public sealed class ChangelogTests
{
    // https://keepachangelog.com/en/1.1.0/
    private static readonly string[] _kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

    [Fact]
    public void A_version_has_each_kind_of_change_once_and_in_order()
    {
        var versions = File.ReadAllText(Path.Combine(House.Root, "CHANGELOG.md")).Split("\n## ")[1..];

        Assert.All(versions, static version =>
        {
            var kinds = version
                .Split('\n')
                .Where(static line => line.StartsWith("### ", StringComparison.Ordinal))
                .Select(static line => line["### ".Length..]);
            Assert.Equal(_kinds.Where(kinds.Contains), kinds);
        });
    }
}
