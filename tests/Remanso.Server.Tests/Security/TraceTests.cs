using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.Server.Tests.Security;

/// <summary>What clients learn while neither tier nor database can be reached: nothing of where they are, and no
/// secret, whoever asks.</summary>
public sealed class TraceTests
{
    private const string Place = "127.0.0.1:9";

    [Fact]
    public async Task No_answer_names_a_password_and_none_but_an_observers_a_host_or_a_user()
    {
        using var folder = new TemporaryFolder();
        var file = new RemansoKeyFile(folder.File("keys.json"), TimeProvider.System);
        var user = file.Create("user", new RemansoGrant(RemansoScopes.Read | RemansoScopes.Write, ["*"])).Text;
        var all = file.Create("all", new RemansoGrant(RemansoScopes.All, ["*"])).Text;
        await using var server = await RunningServer.StartAsync(
            "--Remanso:Security:KeyFile",
            file.Path,
            "--tier",
            $"redis://planted-user:planted-password@{Place}/0",
            "--Remanso:Caches:default:WhenTierIsDown",
            "WriteThrough"
        );

        foreach (var (key, hides) in new[] { (user, true), (all, false) })
        {
            foreach (
                var (method, path, body) in new[]
                {
                    ("GET", "/get/a", null),
                    ("GET", "/get/a?source=cache", null),
                    ("POST", "/set", "{\"key\":\"a\",\"value\":1}"),
                    ("PUT", "/v1/caches/default/entries/a", "x"),
                    ("POST", "/v1/caches/default/entries/a/increment", null),
                    ("POST", "/v1/caches/default/entries:batch-get", "[\"a\"]"),
                    ("POST", "/v1/caches/default/entries:batch-set", "[{\"key\":\"a\",\"value\":1}]"),
                    ("POST", "/v1/caches/default/flush", null),
                    ("POST", "/v1/caches/default/invalidate", "{\"all\":true}"),
                    ("GET", "/v1/caches/default/dead-letters", null),
                    ("GET", "/health/ready", null),
                    ("GET", "/v1/stats", null),
                    ("GET", "/v1/processes", null),
                    ("GET", "/metrics", null),
                    ("GET", "/", null),
                }
            )
            {
                using var answer = await server.SendAsync(method, path, body, null, ("Authorization", "Bearer " + key));
                var text = answer.Headers.ToString() + answer.Content.Headers + await answer.Content.ReadAsStringAsync();
                Assert.DoesNotContain("planted-password", text, StringComparison.Ordinal);
                if (hides || path is not ("/health/ready" or "/metrics"))
                {
                    Assert.DoesNotContain("planted-user", text, StringComparison.Ordinal);
                    Assert.False(text.Contains(Place, StringComparison.Ordinal), $"{method} {path}: {text}");
                }
            }
        }
    }
}
