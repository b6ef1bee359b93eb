namespace Remanso.Samples.Tests;

public sealed class PageViewsTests
{
    private const string Name = "PageViews";
    private const int Views = 2_000;
    private const int Pages = 10;

    [Fact]
    public async Task A_burst_of_views_is_counted_exactly_in_few_rows()
    {
        await using var sample = await Sample.RunUntilAsync("The dashboard", Name, "--burst", $"{Views}", "--urls", "http://127.0.0.1:0");
        using var client = new HttpClient { BaseAddress = AddressIn(sample.Lines[0]) };

        Assert.Equal("201", await CountAsync(client, "page-1"));
        Assert.StartsWith("[{\"page\":\"page-", await client.GetStringAsync("/pages"), StringComparison.Ordinal);
        Assert.Contains("<title>", await client.GetStringAsync("/cache"), StringComparison.Ordinal);
        var result = await sample.StopAsync();

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Errors));
        SampleReadme.Shows(Name, "--burst", result.Lines.Select(WithTheUsualAddress));
        var rows = SampleReadme.NumbersOf(result.Lines[2])[0];
        Assert.InRange(rows, Pages, Views / 4);
        Assert.Equal(Views, SampleReadme.NumbersOf(result.Lines[3])[0]);
        Assert.InRange(SampleReadme.NumbersOf(result.Lines[4])[1], 1, Pages);

        string WithTheUsualAddress(string line) => line.Replace(client.BaseAddress.Authority, "localhost:5000", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_shows_a_call_and_its_answer()
    {
        await using var sample = await Sample.RunUntilAsync("The dashboard", Name, "--urls", "http://127.0.0.1:0");
        using var client = new HttpClient { BaseAddress = AddressIn(sample.Lines[0]) };

        Assert.Equal("1", await CountAsync(client, "home"));
        Assert.Equal("2", await CountAsync(client, "home"));
        Assert.Equal("2", await client.GetStringAsync("/pages/home/views"));
    }

    private static Uri AddressIn(string line) =>
        new(line.Split(' ', ',').First(static word => word.StartsWith("http", StringComparison.Ordinal)));

    private static async Task<string> CountAsync(HttpClient client, string page)
    {
        using var answer = await client.PostAsync($"/pages/{page}/views", content: null);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }
}
