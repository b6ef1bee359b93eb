using Remanso.AspNetCore.Security.Keys;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class ApiKeyTests
{
    [Fact]
    public void A_key_has_the_form_that_scanners_look_for()
    {
        for (var i = 0; i < 200; i++)
        {
            var text = ApiKey.Create();

            Assert.Matches("^rmk_[a-z2-7]{10}_[a-z2-7]{52}_[0-9a-f]{8}$", text);
            Assert.True(ApiKey.HasForm(text));
            Assert.True(ApiKey.HasChecksum(text));
        }
    }

    [Fact]
    public void No_two_keys_are_alike() =>
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(static _ => ApiKey.Create()).Distinct().Count());

    [Fact]
    public void A_key_with_one_wrong_character_has_a_wrong_form_or_checksum()
    {
        var text = ApiKey.Create();

        for (var at = 0; at < text.Length; at++)
        {
            var wrong = text.ToCharArray();
            wrong[at] = wrong[at] == 'a' ? 'b' : 'a';
            Assert.False(ApiKey.HasForm(wrong) && ApiKey.HasChecksum(wrong), $"character {at}");
        }
    }

    [Fact]
    public void A_part_of_a_key_is_none()
    {
        var text = ApiKey.Create();

        for (var length = 0; length < text.Length; length++)
        {
            Assert.False(ApiKey.HasForm(text.AsSpan(0, length)));
        }

        Assert.False(ApiKey.HasForm(text + "a"));
        Assert.False(ApiKey.HasForm(text.ToUpperInvariant()));
    }
}
