using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Remote.Dashboard.Tests;

/// <summary>
/// Who may see the dashboard: the callers of the administration service, or whomever a policy of the application lets in.
/// </summary>
[Trait("Behaviour", "H-04")]
public sealed class AccessTests(StandardHost standard) : IClassFixture<StandardHost>
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("203.0.113.7");

    [Fact]
    public async Task Stranger_IsRefusedEverything()
    {
        await using var host = await DashboardHost.StartAsync(from: Elsewhere);
        string[] looks = ["", "dashboard.css", "dashboard.js", "icon.svg", "live", "blocked"];
        string[] buttons = ["block", "unblock"];

        foreach (var path in looks.Concat(buttons))
        {
            using var response = buttons.Contains(path)
                ? await host.PressAsync($"/remote/{path}", """{ "address": "peer:1" }""")
                : await host.GetAsync($"/remote/{path}");
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, response.StatusCode));
            Assert.Contains("RemoteOptions.Administration.Enabled", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(looks.Length + buttons.Length, host.Remote.GetAccessStatistics().DeniedOperations["Administration"]);
        Assert.Empty(host.Remote.PeerBlockList.Entries);
    }

    [Theory]
    [InlineData(true, true, HttpStatusCode.OK)]
    [InlineData(true, false, HttpStatusCode.OK)]
    [InlineData(false, true, HttpStatusCode.Forbidden)]
    [InlineData(null, true, HttpStatusCode.OK)]
    public async Task Enabled_SaysWhoIsAnswered(bool? enabled, bool isLocal, HttpStatusCode expected)
    {
        await using var host = await DashboardHost.StartAsync(
            options => options.Administration.Enabled = enabled, from: isLocal ? null : Elsewhere);

        using var response = await host.GetAsync("/remote/");

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task PolicyOfTheApplication_DecidesAboutStrangers()
    {
        await using var host = await GuardedAsync(Elsewhere, _ => { });
        (string User, HttpStatusCode Expected)[] callers =
            [("", HttpStatusCode.Unauthorized), ("operator", HttpStatusCode.OK), ("guest", HttpStatusCode.Forbidden)];

        foreach (var (path, (user, expected)) in new[] { "", "dashboard.js", "blocked" }.SelectMany(path => callers.Select(caller => (path, caller))))
        {
            using var response = await host.GetAsync($"/remote/{path}", ("Test-User", user), ("Host", "dashboard.shop.example"));
            Assert.Equal((path, user, expected), (path, user, response.StatusCode));
        }
    }

    /// <summary>A policy says who comes in. Whether there is an administration at all, and what may be done, is still asked.</summary>
    [Theory]
    [InlineData(false, "")]
    [InlineData(null, "Dashboard")]
    public async Task PolicyOfTheApplication_DoesNotOpenWhatIsOffOrNotAllowed(bool? enabled, string denied)
    {
        await using var host = await GuardedAsync(null, options =>
        {
            options.Administration.Enabled = enabled;
            options.Hooks.AuthorizeOperation = operation => operation.Subject == denied && operation.Peer.User?.Identity?.Name == "operator"
                ? RemotePermission.Deny("not this one")
                : RemotePermission.Allow;
        });

        using var response = await host.GetAsync("/remote/", ("Test-User", "operator"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    /// <summary>
    /// A page under a name of its own that resolves to this machine would otherwise be of one origin with the dashboard, and local.
    /// </summary>
    [Theory]
    [InlineData("rebound.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost.rebound.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost:1234", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]:80", HttpStatusCode.OK)]
    public async Task Host_ThatASiteMayHaveMadeUp_IsNotAnswered(string name, HttpStatusCode expected)
    {
        var host = standard.Host;

        using var page = await host.GetAsync("/remote/", ("Host", name));
        using var block = await host.PressAsync("/remote/block", """{ "address": "peer:1" }""", ("Host", name), ("Origin", $"http://{name}"));

        Assert.Equal((expected, expected), (page.StatusCode, block.StatusCode));
        Assert.Equal(expected == HttpStatusCode.OK, host.Remote.PeerBlockList.Entries.Any(entry => entry.Address == "peer:1"));
        host.Remote.PeerBlockList.UnblockAddress("peer:1");
    }

    private static Task<DashboardHost> GuardedAsync(IPAddress? from, Action<RemoteOptions> options) => DashboardHost.StartAsync(
        options,
        from,
        services =>
        {
            services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>("Test", null);
            services.AddAuthorizationBuilder().AddPolicy("operators", policy => policy.RequireUserName("operator"));
        },
        app => app.UseAuthentication().UseAuthorization(),
        dashboard => dashboard.RequireAuthorization("operators"));

    /// <summary>Believes what a header says.</summary>
    private sealed class HeaderAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var name = Request.Headers["Test-User"].ToString();
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "Test");
            return Task.FromResult(name.Length == 0
                ? AuthenticateResult.NoResult()
                : AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), "Test")));
        }
    }
}
