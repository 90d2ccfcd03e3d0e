using Microsoft.Playwright;

namespace Remote.Dashboard.Tests;

/// <summary>
/// The dashboard in Debian's chromium. What the page logs as an error, or is not allowed by its own policy, fails the test.
/// </summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly List<string> _faults = [];
    private readonly List<string> _foreign = [];

    private BrowserPage(IPlaywright playwright, IBrowser browser, IPage page) => (_playwright, _browser, Page) = (playwright, browser, page);

    public IPage Page { get; }

    /// <summary>Errors of the page, refusals of its policy among them.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Requests to anybody else.</summary>
    public IReadOnlyList<string> Foreign => _foreign;

    /// <param name="host">Whose page.</param>
    /// <param name="scheme">What the system asks for.</param>
    /// <param name="height">Of the window.</param>
    /// <param name="zone">Where the browser is; <see langword="null"/> for here.</param>
    /// <param name="isLive">Whether to wait until it is let in.</param>
    public static async Task<BrowserPage> OpenAsync(
        DashboardHost host, ColorScheme scheme = ColorScheme.Light, int height = 900, string? zone = null, bool isLive = true)
    {
        var playwright = await Playwright.CreateAsync();

        // Without its own sandbox, because root has none, as on a build machine; the page is ours.
        var browser = await playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox"], Timeout = 120_000 });
        var page = await browser.NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = 1200, Height = height }, TimezoneId = zone });
        page.SetDefaultTimeout(60_000);
        Assertions.SetDefaultExpectTimeout(60_000);
        var opened = new BrowserPage(playwright, browser, page);
        page.PageError += (_, error) => opened._faults.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                opened._faults.Add(message.Text);
            }
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(host.Uri.AbsoluteUri, StringComparison.Ordinal))
            {
                opened._foreign.Add(request.Url);
            }
        };
        await page.GotoAsync(new Uri(host.Uri, "/remote").AbsoluteUri);
        if (isLive)
        {
            await Assertions.Expect(page.Locator("#connection")).ToHaveTextAsync("Live");
        }

        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
