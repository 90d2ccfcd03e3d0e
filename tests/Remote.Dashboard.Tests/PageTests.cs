using System.Net;
using System.Text.RegularExpressions;

namespace Remote.Dashboard.Tests;

/// <summary>The page as it is served: complete, closed to the outside, and with a name on everything that can be used.</summary>
public sealed partial class PageTests(StandardHost standard) : IClassFixture<StandardHost>
{
    [Fact]
    public async Task Page_IsServedWithWhatProtectsIt()
    {
        var host = standard.Host;

        using var response = await host.GetAsync("/remote/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            Header("Content-Security-Policy"));
        Assert.Equal("nosniff", Header("X-Content-Type-Options"));
        Assert.Equal("no-referrer", Header("Referrer-Policy"));
        Assert.Equal("no-store", Header("Cache-Control"));
        Assert.Equal("same-origin", Header("Cross-Origin-Resource-Policy"));
        Assert.False(response.Headers.Contains("Set-Cookie"));

        string Header(string name) => string.Join(",", response.Headers.GetValues(name));
    }

    [Fact]
    public async Task Page_WithoutTheSlash_LeadsToTheOneWithIt()
    {
        var host = standard.Host;

        using var response = await host.GetAsync("/remote");

        Assert.Equal((HttpStatusCode.Redirect, "remote/"), (response.StatusCode, response.Headers.Location?.OriginalString));
    }

    /// <summary>Whatever a file refers to is served beside it, and nothing refers to anywhere else.</summary>
    [Fact]
    public async Task Files_ReferToEachOtherAndToNobodyElse()
    {
        var host = standard.Host;
        var (seen, open) = (new HashSet<string>(), new Queue<string>([""]));
        while (open.TryDequeue(out var path))
        {
            if (!seen.Add(path))
            {
                continue;
            }

            using var response = await host.GetAsync($"/remote/{path}");
            Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}");
            var text = (await response.Content.ReadAsStringAsync()).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
            Assert.DoesNotContain("://", text, StringComparison.Ordinal);
            Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
            foreach (var reference in References().Matches(text).Select(match => match.Groups[1].Value))
            {
                open.Enqueue(reference);
            }
        }

        Assert.Equal(["", "blocking.js", "dashboard.css", "dashboard.js", "graph.js", "icon.svg", "view.js"], seen.Order(StringComparer.Ordinal));
    }

    /// <summary>The policy forbids scripts and styles within the page, so there is no use for any; and each control has a name.</summary>
    [Fact]
    public async Task Markup_IsPlainAndNamed()
    {
        var host = standard.Host;
        var html = await host.Http.GetStringAsync("/remote/");

        Assert.Contains("<html lang=\"en\">", html, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=", html);
        var ids = Ids().Matches(html).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(References(html, "aria-labelledby"), id => Assert.Contains(id, ids));
        Assert.All(References(html, "for"), id => Assert.Contains(id, ids));
        Assert.All(Tags(html, "section|dialog|svg"), tag => Assert.Contains("aria-labelledby=", tag, StringComparison.Ordinal));
        Assert.All(
            Tags(html, "input|select").Where(tag => !tag.Contains("type=\"radio\"", StringComparison.Ordinal)),
            tag => Assert.True(IsLabelled(tag), $"{tag} has no label."));
        foreach (var script in new[] { "dashboard.js", "blocking.js" })
        {
            var text = await host.Http.GetStringAsync($"/remote/{script}");
            Assert.All(Regex.Matches(text, "byId\\(\"([^\"]+)\"\\)").Select(match => match.Groups[1].Value), id => Assert.Contains(id, ids));
        }

        bool IsLabelled(string tag) =>
            tag.Contains("aria-label=", StringComparison.Ordinal) || References(html, "for").Contains(Ids().Match(tag).Groups[1].Value);
    }

    [Theory]
    [InlineData("GET", "/remote/other", HttpStatusCode.NotFound)]
    [InlineData("GET", "/remote/Remote.Dashboard.dll", HttpStatusCode.NotFound)]
    [InlineData("POST", "/remote/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/remote/block", HttpStatusCode.MethodNotAllowed)]
    public async Task UnknownPath_IsNotServed(string method, string path, HttpStatusCode expected)
    {
        var host = standard.Host;

        using var response = await host.SendAsync(new HttpMethod(method), path, null);

        Assert.Equal(expected, response.StatusCode);
    }

    private static IEnumerable<string> Tags(string html, string names) => Regex.Matches(html, $"<(?:{names})\\b[^>]*>").Select(match => match.Value);

    private static string[] References(string html, string attribute) =>
        [.. Regex.Matches(html, $"\\s{attribute}=\"([^\"]+)\"").Select(match => match.Groups[1].Value)];

    [GeneratedRegex("(?:(?:href|src)=\"|from \"\\./)([^\"#]+)\"")]
    private static partial Regex References();

    [GeneratedRegex("\\sid=\"([^\"]+)\"")]
    private static partial Regex Ids();
}
