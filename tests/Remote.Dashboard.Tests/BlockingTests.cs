using System.Net;
using Google.Protobuf;
using Remote.Protocol;

namespace Remote.Dashboard.Tests;

/// <summary>The buttons: what they do, and who cannot press them.</summary>
public sealed class BlockingTests(StandardHost standard) : IClassFixture<StandardHost>
{
    private const string Peer = """{ "address": "peer:1", "reason": "<b>because</b>", "duration": "600s" }""";

    [Fact]
    public async Task Buttons_BlockAndUnblock()
    {
        var host = standard.Host;

        using var blocked = await host.PressAsync(
            "/remote/block", Peer, ("Origin", host.Uri.GetLeftPart(UriPartial.Authority)), ("Sec-Fetch-Site", "same-origin"));

        Assert.Equal(HttpStatusCode.OK, blocked.StatusCode);
        var entry = Assert.Single(host.Remote.PeerBlockList.Entries);
        Assert.Equal(("peer:1", "<b>because</b>", TimeSpan.FromSeconds(600)), (entry.Address, entry.Reason, entry.Until - entry.Since));
        using (var list = await host.GetAsync("/remote/blocked"))
        {
            Assert.Equal(("true", "true"), Buttons(list));
            var told = JsonParser.Default.Parse<GetEndpointsResponse>(await list.Content.ReadAsStringAsync());
            Assert.Equal((1, "peer:1", "<b>because</b>"), (told.BlockedTotal, told.Blocked[0].Address, told.Blocked[0].Reason));
        }

        using var unblocked = await host.PressAsync("/remote/unblock", """{ "address": "peer:1" }""");
        Assert.Equal(HttpStatusCode.OK, unblocked.StatusCode);
        Assert.Empty(host.Remote.PeerBlockList.Entries);
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("0", "", "")]
    [InlineData("1", "https://elsewhere.example", "")]
    [InlineData("1", "null", "")]
    [InlineData("1", "", "cross-site")]
    [InlineData("1", "", "same-site")]
    public async Task RequestOfAnotherSite_ChangesNothing(string header, string origin, string site)
    {
        var host = standard.Host;
        host.Remote.PeerBlockList.BlockAddress("other:1");
        (string, string)[] headers =
        [
            .. new[] { ("Remote-Dashboard", header), ("Origin", origin), ("Sec-Fetch-Site", site) }.Where(one => one.Item2.Length > 0),
        ];

        using var block = await host.SendAsync(HttpMethod.Post, "/remote/block", Peer, headers);
        using var unblock = await host.SendAsync(HttpMethod.Post, "/remote/unblock", """{ "address": "other:1" }""", headers);

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (block.StatusCode, unblock.StatusCode));
        Assert.Equal("other:1", Assert.Single(host.Remote.PeerBlockList.Entries).Address);
        host.Remote.PeerBlockList.UnblockAddress("other:1");
    }

    /// <summary>No answer allows another origin anything, so that a browser does not even send what has the header.</summary>
    [Fact]
    public async Task Preflight_IsNotAnswered()
    {
        var host = standard.Host;

        using var response = await host.SendAsync(
            HttpMethod.Options, "/remote/block", null,
            ("Origin", "https://elsewhere.example"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "remote-dashboard"));

        Assert.False(response.IsSuccessStatusCode);
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{ "address": 7, "unknown": true }""")]
    [InlineData("""{ "address": "" }""")]
    [InlineData("""{ "address": "peer:1", "duration": "-1s" }""")]
    public async Task RequestThatIsNone_IsABadRequest(string json)
    {
        var host = standard.Host;

        using var response = await host.PressAsync("/remote/block", json);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(host.Remote.PeerBlockList.Entries);
    }

    [Fact]
    public async Task RequestThatIsTooLong_IsABadRequest()
    {
        var host = standard.Host;

        using var response = await host.PressAsync("/remote/block", $$"""{ "address": "peer:1", "reason": "{{new string('x', 20_000)}}" }""");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Hook_AllowsToLookAndNotToBlock()
    {
        await using var host = await DashboardHost.StartAsync(options => options.Hooks.AuthorizeOperation = static operation =>
            operation.Subject is "Block" ? RemotePermission.Deny("only the night shift blocks") : RemotePermission.Allow);

        using var list = await host.GetAsync("/remote/blocked");
        using var block = await host.PressAsync("/remote/block", Peer);

        Assert.Equal(("false", "true"), Buttons(list));
        Assert.Equal(HttpStatusCode.Forbidden, block.StatusCode);
        Assert.Contains("only the night shift blocks", await block.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(host.Remote.PeerBlockList.Entries);
    }

    private static (string Block, string Unblock) Buttons(HttpResponseMessage list) =>
        (list.Headers.GetValues("remote-may-block").Single(), list.Headers.GetValues("remote-may-unblock").Single());
}
