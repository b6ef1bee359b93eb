using System.Net;
using System.Text.Json;

namespace Remanso.AspNetCore.Tests.Support;

/// <summary>An answer, read to its end.</summary>
internal sealed record Answer(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public static async Task<Answer> OfAsync(HttpResponseMessage response) =>
        new(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response
                .Headers.Concat(response.Content.Headers)
                .ToDictionary(
                    static header => header.Key,
                    static header => string.Join(", ", header.Value),
                    StringComparer.OrdinalIgnoreCase
                )
        );

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>The last part of the problem's type.</summary>
    public string Problem
    {
        get
        {
            Assert.Equal("application/problem+json", Header("Content-Type"));
            using var json = JsonDocument.Parse(Body);
            Assert.Equal(Status, json.RootElement.GetProperty("status").GetInt32());
            return json.RootElement.GetProperty("type").GetString()!["urn:remanso:problem:".Length..];
        }
    }
}
