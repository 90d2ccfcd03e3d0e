using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Playwright;
using Proto;
using Proto.Remote;
using Remote.Testing;
using static Microsoft.Playwright.Assertions;

namespace Remote.Dashboard.Tests;

/// <summary>The dashboard in a real browser. Only in the long mode: the project leaves this folder out otherwise.</summary>
[Trait("Needs", "Browser")]
public sealed class BrowserTests
{
    [Fact]
    public async Task Roles_AndNamesAreThere()
    {
        await using var host = await DashboardHost.StartAsync();
        var peer = await ConnectAsync(host);
        await using var browser = await BrowserPage.OpenAsync(host);
        var page = browser.Page;

        string[] titles =
            ["This node", "What flows", "Peers", "One peer", "Dead letters by reason", "Latest dead letters", "Blocked peers", "What happened"];
        foreach (var title in titles)
        {
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = title, Exact = true })).ToBeVisibleAsync();
        }

        await Expect(page.GetByRole(AriaRole.Main)).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Banner)).ToContainTextAsync(host.Remote.Address);
        await Expect(page.GetByRole(AriaRole.Status).First).ToHaveTextAsync("Live");
        await Expect(page.GetByRole(AriaRole.Log, new() { Name = "What happened" })).ToBeAttachedAsync();
        await Expect(page.GetByRole(AriaRole.Searchbox, new() { Name = "Only addresses with" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Group, new() { Name = "What flows" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Reconnects" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Rowheader, new() { Name = peer.Address })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Meter, new() { Name = $"Lane to {peer.Address}" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = $"Block {peer.Address}", Exact = true })).ToBeVisibleAsync();
        await Expect(InGraph(page, peer.Address)).ToHaveAccessibleNameAsync(new Regex(": connected, level normal, .* out, .* in, 0 of [0-9,]+ wait$"));
        await Expect(page.Locator("#reasons-note")).ToHaveTextAsync("None of the peers that the node knows.");
        Assert.Empty(browser.Faults);
        Assert.Empty(browser.Foreign);
        await peer.Remote().ShutdownAsync(false);
    }

    /// <summary>Above or below, the lines would cross what is written under it.</summary>
    [Fact]
    public async Task ASinglePeer_StandsBesideTheNode()
    {
        await using var host = await DashboardHost.StartAsync();
        var peer = await ConnectAsync(host);
        await using var browser = await BrowserPage.OpenAsync(host);
        var dot = InGraph(browser.Page, peer.Address).Locator(".dot");
        await Expect(dot).ToBeVisibleAsync();

        var (node, beside) = (await MiddleAsync(browser.Page.Locator("#graph .self")), await MiddleAsync(dot));

        Assert.Equal(node.Y, beside.Y, 1.0);
        Assert.True(beside.X > node.X + 100, $"{beside} is not beside {node}.");
        await peer.Remote().ShutdownAsync(false);

        static async Task<(double X, double Y)> MiddleAsync(ILocator what) =>
            await what.BoundingBoxAsync() is { } box ? (box.X + (box.Width / 2), box.Y + (box.Height / 2)) : default;
    }

    [Fact]
    public async Task PeerThatIsLost_AndComesBack_IsSeen()
    {
        await using var host = await DashboardHost.StartAsync(options => options.Reconnect.MaxAttempts = 0);
        await using var proxy = FaultProxy.Start($"127.0.0.1:{FreePort()}");
        var peer = await ConnectAsync(host, proxy);
        var address = peer.Address;
        await using var browser = await BrowserPage.OpenAsync(host);
        var page = browser.Page;
        await Expect(Row(page, address)).ToContainTextAsync("connected");

        await LoseAsync(host, proxy);
        host.System.Root.Send(PID.FromAddress(address, "inventory"), new StringValue { Value = "waits" });
        await Expect(InGraph(page, address)).ToHaveAccessibleNameAsync(new Regex(": (backoff|connecting), .* 1 of "));
        await Expect(page.Locator("#events")).ToContainTextAsync($"EndpointReconnecting {address}");

        proxy.Heal();
        await host.Remote.ReconnectAsync(address);
        await Expect(InGraph(page, address)).ToHaveAccessibleNameAsync(new Regex(": connected, .* 0 of "));
        await Expect(Row(page, address)).ToContainTextAsync("connected");
        await Expect(page.Locator("#announcement")).ToHaveTextAsync($"{address} reconnected");
        Assert.Empty(browser.Faults);
        await peer.Remote().ShutdownAsync(false);
    }

    [Fact]
    public async Task Keyboard_IsEnoughToChooseBlockAndUnblock()
    {
        await using var host = await DashboardHost.StartAsync();
        ActorSystem[] peers = [await ConnectAsync(host), await ConnectAsync(host), await ConnectAsync(host)];
        var addresses = peers.Select(peer => peer.Address).Order(StringComparer.Ordinal).ToArray();
        await using var browser = await BrowserPage.OpenAsync(host);
        var page = browser.Page;
        await Expect(page.Locator("#graph .peer")).ToHaveCountAsync(3);

        // Skip link, pause, and then the graph, which is one stop: arrows go on from there.
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Skip to the peers" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Pause" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(InGraph(page, addresses[0])).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(InGraph(page, addresses[1])).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(InGraph(page, addresses[2])).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = $"Peer {addresses[1]}" })).ToBeVisibleAsync();
        await Expect(InGraph(page, addresses[1])).ToHaveAttributeAsync("aria-pressed", "true");

        // Figures come every second: what has the focus keeps it.
        var block = page.GetByRole(AriaRole.Button, new() { Name = $"Block {addresses[1]}", Exact = true });
        await block.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = $"Block {addresses[1]}" });
        await Expect(dialog.GetByLabel("Reason")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToBeHiddenAsync();
        await Expect(block).ToBeFocusedAsync();
        Assert.Empty(host.Remote.PeerBlockList.Entries);

        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.TypeAsync("<img src=x onerror=alert(1)>");
        await page.Keyboard.PressAsync("Enter");
        await Expect(dialog).ToBeHiddenAsync();
        var entry = page.Locator("#blocked tbody tr");
        await Expect(entry).ToContainTextAsync("<img src=x onerror=alert(1)>");
        await Expect(Row(page, addresses[1])).ToContainTextAsync("blocked");
        Assert.Equal(addresses[1], Assert.Single(host.Remote.PeerBlockList.Entries).Address);

        await page.GetByRole(AriaRole.Button, new() { Name = $"Unblock {addresses[1]}" }).First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Nobody.")).ToBeVisibleAsync();
        Assert.Empty(host.Remote.PeerBlockList.Entries);
        Assert.Empty(browser.Faults);
        await Task.WhenAll(peers.Select(peer => peer.Remote().ShutdownAsync(false)));
    }

    [Fact]
    public async Task WhatTheHookForbids_IsNotOffered()
    {
        await using var host = await DashboardHost.StartAsync(options => options.Hooks.AuthorizeOperation = static operation =>
            operation.Subject is "Block" ? RemotePermission.Deny("no") : RemotePermission.Allow);
        host.Remote.PeerBlockList.BlockAddress("other:1", "before");
        var peer = await ConnectAsync(host);
        await using var browser = await BrowserPage.OpenAsync(host);

        await Expect(browser.Page.GetByRole(AriaRole.Button, new() { Name = "Unblock other:1" })).ToBeVisibleAsync();
        await Expect(Row(browser.Page, peer.Address)).ToBeVisibleAsync();
        await Expect(browser.Page.GetByRole(AriaRole.Button, new() { Name = $"Block {peer.Address}", Exact = true })).ToBeHiddenAsync();
        await peer.Remote().ShutdownAsync(false);
    }

    /// <summary>The browser keeps an answer that is no stream to itself; the page says what the node said.</summary>
    [Fact]
    public async Task PageForWhichThereIsNoRoom_SaysSoUntilThereIs()
    {
        await using var host = await DashboardHost.StartAsync(options => options.Administration.MaxWatchers = 2);
        var first = await LiveReader.OpenAsync(host);
        await first.StatisticsAsync();
        await using var browser = await BrowserPage.OpenAsync(host, isLive: false);
        string reason;
        using (var refused = await host.GetAsync("/remote/live"))
        {
            reason = await refused.Content.ReadAsStringAsync();
        }

        var connection = browser.Page.Locator("#connection");
        await Expect(connection).ToHaveTextAsync($"{reason} Trying again …");
        Assert.NotEmpty(reason);

        await first.DisposeAsync();
        await Expect(connection).ToHaveTextAsync("Live");
    }

    [Fact]
    public async Task BlockListThatIsNotShown_IsNotSaidToBeEmpty()
    {
        await using var host = await DashboardHost.StartAsync(options => options.Hooks.AuthorizeOperation = static operation =>
            operation.Subject is "GetEndpoints" ? RemotePermission.Deny("only the night shift looks") : RemotePermission.Allow);
        host.Remote.PeerBlockList.BlockAddress("other:1");
        await using var browser = await BrowserPage.OpenAsync(host);

        await Expect(browser.Page.Locator("#blocked-note")).ToHaveTextAsync(new Regex("^Not known: .*only the night shift looks"));
        await Expect(browser.Page.Locator("#blocked")).ToBeHiddenAsync();
    }

    /// <summary>What stands behind a row that goes stays where it is, with the focus.</summary>
    [Fact]
    public async Task Focus_StaysWhenARowInFrontOfItGoes()
    {
        await using var host = await DashboardHost.StartAsync();
        host.Remote.PeerBlockList.BlockAddress("first:1");
        host.Remote.PeerBlockList.BlockAddress("second:1");
        await using var browser = await BrowserPage.OpenAsync(host);
        var second = browser.Page.GetByRole(AriaRole.Button, new() { Name = "Unblock second:1" });
        await second.FocusAsync();

        host.Remote.PeerBlockList.UnblockAddress("first:1");

        await Expect(browser.Page.Locator("#blocked tbody tr")).ToHaveCountAsync(1);
        await Expect(second).ToBeFocusedAsync();
    }

    [Fact]
    public async Task EndOfABlock_HasTheDayAndTheTimeOfTheBrowser()
    {
        await using var host = await DashboardHost.StartAsync();
        host.Remote.PeerBlockList.BlockAddress("other:1", duration: TimeSpan.FromHours(1));
        var until = Assert.Single(host.Remote.PeerBlockList.Entries).Until!.Value;

        // One of the two has another day than UTC.
        var (zone, hours) = until.UtcDateTime.Hour >= 11 ? ("Pacific/Kiritimati", 14) : ("Pacific/Pago_Pago", -11);
        await using var browser = await BrowserPage.OpenAsync(host, zone: zone);

        var there = until.ToOffset(TimeSpan.FromHours(hours)).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        await Expect(browser.Page.Locator("#blocked tbody tr")).ToContainTextAsync(there);
    }

    /// <summary>The page has the oldest entries of the list only, and the button of a peer works without its own among them.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PeerWhoseEntryIsNotOnThePage_CanBeUnblocked(bool byAddress)
    {
        await using var host = await DashboardHost.StartAsync();
        var peer = await ConnectAsync(host);
        for (var i = 0; i < 1_000; i++)
        {
            host.Remote.PeerBlockList.BlockSystem($"somebody-{i}");
        }

        _ = byAddress ? host.Remote.PeerBlockList.BlockAddress(peer.Address) : host.Remote.PeerBlockList.BlockSystem(peer.Id);
        await using var browser = await BrowserPage.OpenAsync(host);
        await Expect(browser.Page.Locator("#blocked-note")).ToHaveTextAsync("The oldest 1,000 of 1,001.");

        await Row(browser.Page, peer.Address).GetByRole(AriaRole.Button, new() { Name = $"Unblock {peer.Address}" }).ClickAsync();

        await Expect(browser.Page.Locator("#blocked-note")).ToBeHiddenAsync();
        Assert.Null(host.Remote.PeerBlockList.FindAddress(peer.Address));
        Assert.Null(host.Remote.PeerBlockList.FindSystem(peer.Id));
        Assert.Equal(1_000, host.Remote.PeerBlockList.Entries.Count);
        Assert.Empty(browser.Faults);
        await peer.Remote().ShutdownAsync(false);
    }

    /// <summary>
    /// The pictures of docs/dashboard.md, which <c>REMOTE_APPROVE=1</c> replaces, and what they show: a lane that fills, a level, a peer
    /// that is lost, one that is blocked, dead letters.
    /// </summary>
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Picture_IsTakenInBothSchemes(ColorScheme scheme)
    {
        await using var host = await DashboardHost.StartAsync(options =>
        {
            options.Endpoint.QueueCapacity = 200;
            options.Reconnect.MaxAttempts = 0;
        });
        ActorSystem[] peers = [await ConnectAsync(host), await ConnectAsync(host), await ConnectAsync(host)];
        await using var proxy = FaultProxy.Start($"127.0.0.1:{FreePort()}");
        var lost = await ConnectAsync(host, proxy);
        await LoseAsync(host, proxy);
        for (var i = 0; i < 140; i++)
        {
            host.System.Root.Send(PID.FromAddress(lost.Address, "inventory"), new StringValue { Value = "order" });
        }

        host.Remote.PeerBlockList.BlockAddress("10.0.0.9:8000", "sends what nobody understands");
        await using var browser = await BrowserPage.OpenAsync(host, scheme, height: 1120);
        var page = browser.Page;
        using var flow = new CancellationTokenSource();
        var sending = SendAsync(host, peers, flow.Token);
        host.System.Root.Send(PID.FromAddress("10.0.0.9:8000", "inventory"), new StringValue { Value = "order" });
        await Expect(InGraph(page, lost.Address)).ToHaveAccessibleNameAsync(new Regex("level warning"));
        await Expect(InGraph(page, peers[0].Address)).ToHaveAccessibleNameAsync(new Regex("[1-9][0-9,]*/s out"));
        await Expect(page.Locator("#letters tbody")).ToContainTextAsync("Blocked");
        await Expect(page.Locator("#blocked tbody")).ToContainTextAsync("10.0.0.9:8000");

        // The scheme is really another one: by what the browser has computed.
        var background = await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        Assert.Equal(scheme == ColorScheme.Dark ? "rgb(18, 21, 28)" : "rgb(244, 245, 247)", background);
        await InGraph(page, lost.Address).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = $"Peer {lost.Address}" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Home");
        var folder = Environment.GetEnvironmentVariable("REMOTE_APPROVE") == "1" ? Metadata("Images") : Path.Combine(AppContext.BaseDirectory, "images");
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"dashboard-{(scheme == ColorScheme.Dark ? "dark" : "light")}.png");
        await page.ScreenshotAsync(new() { Path = file, FullPage = false });
        Assert.InRange(new FileInfo(file).Length, 10_000, 150 * 1024);
        await flow.CancelAsync();
        await sending;
        await Task.WhenAll(peers.Append(lost).Select(peer => peer.Remote().ShutdownAsync(false)));
    }

    private static string Metadata(string key) =>
        typeof(BrowserTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;

    /// <summary>Orders to the peers and their answers, in steps that wait for each other.</summary>
    private static async Task SendAsync(DashboardHost host, ActorSystem[] peers, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            foreach (var (peer, times) in peers.Select((peer, index) => (peer, 1 << (2 * index))))
            {
                for (var i = 0; i < times; i++)
                {
                    await host.System.Root.RequestAsync<StringValue>(
                        PID.FromAddress(peer.Address, "inventory"), new StringValue { Value = "order" }, DashboardHost.Ceiling);
                }
            }
        }
    }

    /// <summary>From here on nobody reaches what is behind it.</summary>
    private static async Task LoseAsync(DashboardHost host, FaultProxy proxy)
    {
        using var events = new EventProbe(host.System.EventStream);
        proxy.Refuse();
        Assert.Equal(1, proxy.Cut());
        await events.NextAsync<EndpointReconnecting>();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A node that answers, and to which there is a connection.</summary>
    private static async Task<ActorSystem> ConnectAsync(DashboardHost host, FaultProxy? proxy = null)
    {
        var peer = await DashboardHost.StartNodeAsync(
            at: proxy is null ? 0 : int.Parse(proxy.Target.Split(':')[1], CultureInfo.InvariantCulture), behind: proxy?.Port);
        peer.Root.SpawnNamed(
            Props.FromFunc(context =>
            {
                if (context.Message is StringValue text && context.Sender is not null)
                {
                    context.Respond(text);
                }

                return Task.CompletedTask;
            }),
            "inventory");
        await host.Remote.WaitForConnectionAsync(peer.Address).WaitAsync(DashboardHost.Ceiling);
        return peer;
    }

    private static ILocator InGraph(IPage page, string address) => page.Locator($"#graph .peer[data-key='{address}']");

    private static ILocator Row(IPage page, string address) => page.Locator($"#peers-table tbody tr[data-key='{address}']");
}
