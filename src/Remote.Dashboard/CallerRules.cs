using System.Net;
using Microsoft.AspNetCore.Http;

namespace Remote.Dashboard;

/// <summary>
/// What is asked of a request before the node's administration judges it: that the URL has a host which a foreign site cannot have made up.
/// A site can let its own name resolve to this machine ("DNS rebinding"); to the browser its page and this one are then of one origin, and
/// to this node the caller is local.
/// </summary>
internal sealed class CallerRules(ReliableRemote remote)
{
    /// <summary>Why it is not answered; <see langword="null"/> when it goes on to be judged.</summary>
    public string? Objection(HttpContext http)
    {
        var host = http.Request.Host.Host;
        return RemoteAdministration.IsGuarded(http) || IsKnown(host) ? null
            : $"The dashboard does not answer at the host '{host}': use an IP address, localhost, or the host that the node advertises, "
            + "or let a policy decide who may see it (MapRemoteDashboard().RequireAuthorization(...)).";
    }

    private bool IsKnown(string host) =>
        IPAddress.TryParse(host.AsSpan().Trim("[]"), out _)
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (host.Length > 0 && remote.Address.StartsWith($"{host}:", StringComparison.OrdinalIgnoreCase));
}
